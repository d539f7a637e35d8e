"""Every file under data/ has one name, and one place that spells it."""

import ast
from pathlib import Path, PurePosixPath

from pipeline.artifacts import (
    SPLITS,
    Artifacts,
    CorpusFiles,
    EncodingFiles,
    EpochPictures,
    EvidenceFiles,
    ModelFiles,
    SentencePictures,
    SplitArrays,
    SplitFiles,
    TokensFiles,
    VectorsFiles,
)

REPOSITORY = Path(__file__).parents[1]
PICTURES = 1000
"""More than a project of tests has sentences or epochs."""


def files_of(named: object) -> set[Path]:
    return {it for it in vars(named).values() if isinstance(it, Path) and it.suffix}


def named_in(root: Path) -> set[Path]:
    """Every file that the stages may write, but the breakdowns and a source's notices."""
    here = Artifacts(root)
    found = files_of(CorpusFiles(here.corpus)) | files_of(TokensFiles(here.tokens))
    found |= {here.corpus_split(split) for split in SPLITS}
    for split in SPLITS:
        found |= files_of(SplitArrays(here.tokens_split(split)))
        found |= files_of(SplitFiles(here.evidence / split))
    found |= files_of(VectorsFiles(here.vectors)) | files_of(ModelFiles(here.model))
    evidence = EvidenceFiles(here.evidence)
    found |= files_of(EncodingFiles(here.model)) | files_of(evidence)
    found |= {evidence.scores(split) for split in ("validation", "test")}
    for number in range(1, PICTURES):
        found |= {evidence.sentences.of(number), evidence.epochs.at(number)}
    return found


def test_no_other_module_spells_the_name_of_a_file_under_data():
    names = {path.name for path in named_in(Path())}
    assert {"weights.safetensors", "metrics.json", "train.parquet", "epoch-001.png"} <= names
    spelled = [
        f"{file.relative_to(REPOSITORY)}:{node.lineno} {node.value}"
        for folder in ("pipeline", "stages")
        for file in sorted((REPOSITORY / folder).rglob("*.py"))
        if file.name != "artifacts.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if PurePosixPath(node.value).name in names
    ]
    assert spelled == []


def test_what_the_stages_wrote_is_named(finished):
    written = {path for path in (finished.root / "data").rglob("*.*") if path.is_file()}
    outputs = Artifacts(finished.root).outputs
    written = {path for path in written if any(path.is_relative_to(it) for it in outputs)}
    unnamed = {path.relative_to(finished.root).as_posix() for path in written} - {
        path.relative_to(finished.root).as_posix() for path in named_in(finished.root)
    }
    held_out = ("data/evidence/test/", "data/evidence/validation/")
    tables = [path for path in unnamed if path.endswith(".csv") and path.startswith(held_out)]
    breakdowns = {path.removesuffix(".csv") for path in tables}
    assert len(written) > 30
    assert {path.partition(".")[0] for path in unnamed} == breakdowns


def test_pictures_are_counted_from_one_and_found_by_their_epoch(tmp_path):
    assert SentencePictures(tmp_path).of(1).name == "sentence-1.png"
    pictures = EpochPictures(tmp_path)
    for epoch in (1000, 2, 1):
        pictures.at(epoch).touch()
    assert list(pictures.drawn()) == [1, 2, 1000]
    assert pictures.drawn()[2].name == "epoch-002.png"
