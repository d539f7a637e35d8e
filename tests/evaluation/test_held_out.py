import numpy as np
import pytest
from examples import example

from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.evaluation.held_out import read_split


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
