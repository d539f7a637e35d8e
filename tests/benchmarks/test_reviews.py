import csv

import pytest

from benchmarks.growth import STAGES, StageCost
from benchmarks.reviews import ReviewCost, review_table, write_reviews
from benchmarks.watching import Watched
from examples import example
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus

MIB = 2**20


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    one = [example("1", tuple("abcdefgh"), upos=("X",) * 8)]
    splits = {"train": one, "validation": one, "test": one}
    write_corpus(folder, Source("conllu", "tiny", "", None, {}, splits))
    return folder


def test_a_table_of_texts_has_its_size_and_words_that_the_corpus_does_not_have(corpus, tmp_path):
    for name in ("one.csv", "again.csv"):
        write_reviews(tmp_path / name, corpus, megabytes=0.2)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    with (tmp_path / "one.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (tmp_path / "one.csv").stat().st_size >= 200_000
    words = [word for row in rows for word in row["text"].split()]
    assert 350 < len(words) / len(rows) < 390
    assert {row["label"] for row in rows} == set("01234")
    rare = [word for word in words if len(word) > 1]
    assert 0.1 < len(rare) / len(words) < 0.14
    assert len({*rare}) > len(rare) / 3


def test_the_table_has_a_row_a_stage_and_a_column_a_size():
    def cost(stage, n_bytes, mib):
        return ReviewCost(n_bytes, StageCost(stage, 1, 0, 1.0, Watched(1.0, mib * MIB, 0)))

    costs = [cost(s, 10**8 * n, 100 * i + n) for n in (2, 1) for i, s in enumerate(STAGES)]
    table = review_table(costs)
    assert table.header == ("stage", "100 MB", "200 MB")
    assert table.rows == (("corpus", 1, 2), ("tokenize", 101, 102), ("embed", 201, 202))
