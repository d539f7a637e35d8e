import pytest

from examples import example
from pipeline.artifacts import SPLITS
from pipeline.corpus.formats.text_examples import text_example
from pipeline.corpus.source import Source
from pipeline.corpus.store import read_examples
from pipeline.corpus.writing import write_corpus


@pytest.fixture(scope="module")
def croissant():
    return pytest.importorskip("mlcroissant")


def made(folder, licence, one):
    splits = {split: [one] for split in SPLITS}
    write_corpus(folder, Source("conllu", "My treebank", "data/source/x", licence, {}, splits))
    return folder / "croissant.json"


@pytest.mark.filterwarnings("ignore")
def test_the_reference_library_reads_the_rows_by_what_croissant_says(tmp_path, croissant):
    one = text_example("Ann's  cat\nsat.", lambda _: "s-1", {"label": "a", "topics": ("b", "c")})
    found = croissant.Dataset(jsonld=made(tmp_path, "CC0-1.0", one))
    assert not found.metadata.ctx.issues.errors
    assert found.metadata.name == "My treebank"
    (row,) = found.records("test")
    told = {name.removeprefix("test/"): value for name, value in row.items()}
    (stored,) = read_examples(tmp_path / "test.parquet")
    assert told["text"].decode() == stored.text == "Ann's  cat\nsat."
    assert tuple(word.decode() for word in told["form"]) == stored.form
    assert tuple(told["start"]) == stored.start
    assert told["label"].decode() == "a"


@pytest.mark.filterwarnings("ignore")
def test_a_treebank_without_a_licence_is_described_without_an_error(tmp_path, croissant):
    found = croissant.Dataset(jsonld=made(tmp_path, None, example("1", "ab", head=(2, 0))))
    assert not found.metadata.ctx.issues.errors
    (row,) = found.records("train")
    assert tuple(row["train/head"]) == (2, 0)
