import numpy as np
import pyarrow.parquet as pq
import pytest

from examples import example
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.evaluation.held_out import read_split, write_sentences


def units_of(folder, documents):
    sentences = [
        example(str(i), "a", document=document, upos=("X",)) for i, document in enumerate(documents)
    ]
    splits = dict.fromkeys(("train", "validation", "test"), sentences)
    write_corpus(folder, Source("conllu", "tiny", "tiny", None, {}, splits))
    return read_split(folder / "test.parquet", "upos", is_by_word=True).unit


@pytest.mark.parametrize(
    ("documents", "together"),
    [
        (["a", "a", "b", "a"], [{0, 1, 3}, {2}]),
        (["a", "", "", "a"], [{0, 3}, {1}, {2}]),  # of no known document: each by itself
    ],
)
def test_sentences_of_one_document_are_one_unit(tmp_path, documents, together):
    unit = units_of(tmp_path, documents)
    found = [set(np.flatnonzero(unit == number).tolist()) for number in np.unique(unit)]
    assert sorted(found, key=min) == together


def test_without_any_document_there_is_no_unit_but_the_sentence(tmp_path):
    assert units_of(tmp_path, ["", "", ""]) is None


@pytest.mark.parametrize(
    ("genre", "kept"), [("news", "news"), (("film", "news"), "film, news"), ((), "")]
)
def test_what_the_answers_are_about_is_kept_beside_them(tmp_path, genre, kept):
    sentences = [example("s1", ("a", "cat"), genre, "d", upos=("X", "Y"))]
    splits = dict.fromkeys(("train", "validation", "test"), sentences)
    write_corpus(tmp_path, Source("conllu", "tiny", "tiny", None, {}, splits))
    write_sentences(tmp_path / "kept", read_split(tmp_path / "test.parquet", "upos", True))
    assert pq.read_table(tmp_path / "kept").to_pylist() == [
        {"sentence_id": "s1", "document": "d", "genre": kept, "form": ["a", "cat"]}
    ]
