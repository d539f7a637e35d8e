import pytest

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.card import read_card
from pipeline.corpus.choice import chosen_source
from pipeline.corpus.writing import write_corpus
from pipeline.params.corpus import KINDS


def params(source):
    return KINDS.read({
        "kind": source,
        "leaks": "keep",
        "max_rejected": 0.0, "train_examples": None,
        "ewt": {},
        "conllu": {"path": "data/source/bank", "shares": (0.8, 0.1, 0.1), "labels": ()},
        "dataset": {
            "path": "data/source/rows", "name": None, "revision": None, "form": "form",
            "second": None,
            "annotations": ["upos"], "labels": [], "shares": (0.8, 0.1, 0.1),
        },
        "table": {
            "path": "data/source/rows", "encoding": "utf-8", "delimiter": None, "text": None,
            "second": None, "spans": None, "words": "form", "annotations": ["upos"], "labels": [],
            "split": None, "shares": (0.8, 0.1, 0.1), "document": None, "licence": None,
        },
    })  # fmt: skip


@pytest.fixture
def artifacts(tmp_path):
    for folder in ("bank", "rows"):
        (tmp_path / "data/source" / folder).mkdir(parents=True)
    for split in SPLITS:
        word = f"1\t{split}\t_\tX\t_\t_\t0\t_\t_\t_\n"
        (tmp_path / f"data/source/bank/{split}.conllu").write_text(word)
        row = f'{{"form": ["{split}"], "upos": ["X"]}}\n'
        (tmp_path / f"data/source/rows/{split}.jsonl").write_text(row)
    return Artifacts(tmp_path)


@pytest.mark.parametrize(
    ("source", "name"), [("conllu", "bank"), ("dataset", "data/source/rows"), ("table", "rows")]
)
def test_the_source_is_the_one_that_the_parameters_name(artifacts, tmp_path, source, name):
    folder = tmp_path / "out"
    folder.mkdir()
    write_corpus(folder, chosen_source(params(source), artifacts))
    card = read_card(folder)
    assert (card["source"], card["name"]) == (source, name)
    assert [card["splits"][split]["words"] for split in SPLITS] == [1, 1, 1]


def test_a_wheel_that_is_not_the_real_one_stops_the_default_source(artifacts):
    kept = artifacts.private / "downloads" / "decomp-0.3.2-py3-none-any.whl"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    with pytest.raises(ValueError, match="is not the expected file"):
        chosen_source(params("ewt"), artifacts)
