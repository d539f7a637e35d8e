"""A corpus of a few words through every stage, in this process and without a record."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workspace import ROOT, SMALL

from pipeline.artifacts import Artifacts
from pipeline.evidence.build import build_evidence
from pipeline.files import read_json
from pipeline.params.train import WatchedParams
from pipeline.params.whole import Params, read_params
from pipeline.params.writing import write_params
from pipeline.study.epochs import EpochWeights
from pipeline.study.watched import choose_watched
from pipeline.tokens.encoding import load_encoding
from pipeline.tokens.store import open_tokens
from pipeline.training.audience import Audience
from pipeline.training.build import save_model, train_model
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.setup import Settings
from stages.corpus import corpus
from stages.embed import embed
from stages.tokenize import tokenize

Words = Sequence[tuple[str, str]]
"""Forms with their labels."""
FILES = {"train": "train", "validation": "dev", "test": "test"}
SETTINGS = SMALL | {
    "corpus.conllu.path": "data/source/tiny",
    "encoder.d_model": 4,
    "encoder.d_ff": 4,
    "evaluate.bootstrap_samples": 5,
    "train.max_epochs": 1,
}


def treebank(folder: Path, splits: Mapping[str, Sequence[Words]]) -> None:
    """Write a CoNLL-U file for each split; every word hangs on the first."""
    folder.mkdir(parents=True)
    for split, sentences in splits.items():
        blocks = [
            "".join(
                f"{i}\t{form}\t_\t{label}\t_\t_\t{int(i > 1)}\tdep\t_\t_\n"
                for i, (form, label) in enumerate(words, 1)
            )
            for words in sentences
        ]
        (folder / f"{FILES[split]}.conllu").write_text("\n".join(blocks), encoding="utf-8")


def watched(artifacts: Artifacts, params: WatchedParams) -> Audience:
    """Who follows a training, as the stage has it, without a run."""
    validation = open_tokens(artifacts.tokens_split("validation"))
    watched = choose_watched(load_encoding(artifacts.tokens), validation, params)
    return Audience(lambda _: None, [EpochWeights(watched)])


def made_of(
    root: Path, splits: Mapping[str, Sequence[Words]], changes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Every stage's work on these sentences; gives what metrics.json holds."""
    treebank(root / "data/source/tiny", splits)
    return all_stages(root, SETTINGS | dict(changes or {}))


def all_stages(root: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Every stage's work on what lies in data/source; gives what metrics.json holds."""
    params, artifacts = trained(root, settings)
    artifacts.evidence.mkdir()
    told = (params.evaluate, params.train.watched, params.seed)
    build_evidence(artifacts, *told, artifacts.evidence)
    return read_json(artifacts.evidence / "metrics.json")


def trained(root: Path, settings: Mapping[str, Any]) -> tuple[Params, Artifacts]:
    """The work of every stage but evaluate, with these settings."""
    write_params(ROOT / "params.yaml", root / "params.yaml", settings)
    return train_in(root)


def train_in(root: Path) -> tuple[Params, Artifacts]:
    """The work of every stage but evaluate, in a folder with its params.yaml."""
    params, artifacts = read_params(root / "params.yaml"), Artifacts(root)
    for stage in (corpus, tokenize, embed):
        stage(params, artifacts)
    told = Settings(params.encoder, params.objective, params.train, params.seed)
    checkpoints = Checkpoints(root / "checkpoints")
    audience = watched(artifacts, params.train.watched)
    fitted = train_model(artifacts, told, audience, checkpoints)
    artifacts.model.mkdir(parents=True)
    save_model(fitted, artifacts, audience, artifacts.model)
    return params, artifacts
