"""Figures that are made again of the answers that a run kept, as those who defined them have it."""

import numpy as np
import pyarrow as pa
import pytest
from seqeval.metrics import f1_score as span_f1
from seqeval.scheme import IOB2
from sklearn.metrics import accuracy_score, f1_score

from pipeline.comparison.answers import Answers
from pipeline.comparison.figures import figures_of

NAMES = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")


def figure(name, measured):
    return next(one for one in figures_of(measured, measured[0]) if one.name == name)


@pytest.mark.parametrize(("name", "average"), [("f1", "micro"), ("macro_f1", "macro")])
def test_figures_of_spans_are_seqevals(name, average):
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 9, 40)
    gold, given = ([[str(rng.choice(NAMES)) for _ in range(n)] for n in lengths] for _ in range(2))
    columns = {
        "sentence_id": [f"s{i}" for i, n in enumerate(lengths) for _ in range(n)],
        "gold": [tag for one in gold for tag in one],
        "predicted": [tag for one in given for tag in one],
    }
    answers = Answers(pa.table(columns), NAMES)
    document = np.repeat(np.arange(40) // 5, lengths)
    made = figure(name, ["f1", "macro_f1"])
    sums = made.statistics(answers, document)
    assert len(sums) == 8
    for part, counts in ((slice(None), sums.sum(axis=0)), (slice(5), sums[0])):
        expected = span_f1(gold[part], given[part], mode="strict", scheme=IOB2, average=average)
        assert made.of(counts) == pytest.approx(expected)


def test_figures_of_several_labels_are_scikit_learns():
    """Each label is a position of its sentence; one never holds and counts for nothing."""
    rng = np.random.default_rng(1)
    gold, given = (rng.random((30, 4)) < [0.5, 0.2, 0.7, 0] for _ in range(2))
    given[::3] = gold[::3]
    columns = {
        "sentence_id": [f"s{i}" for i in range(30) for _ in range(4)],
        "word": [label for _ in range(30) for label in range(4)],
        "gold": np.where(gold.ravel(), "yes", "no"),
        "predicted": np.where(given.ravel(), "yes", "no"),
    }
    answers = Answers(pa.table(columns), ("no", "yes"))
    document = np.repeat(np.arange(30) // 10, 4)
    macro, exact = (
        figure(name, ["accuracy", "exact", "macro_f1"]) for name in ("macro_f1", "exact")
    )
    for part, sums in ((slice(None), slice(None)), (slice(10), slice(1))):
        held = gold[part].any(axis=0)
        expected = f1_score(gold[part][:, held], given[part][:, held], average="macro")
        counts = macro.statistics(answers, document)[sums].sum(axis=0)
        assert macro.of(counts) == pytest.approx(expected)
        counts = exact.statistics(answers, document)[sums].sum(axis=0)
        assert exact.of(counts) == pytest.approx(accuracy_score(gold[part], given[part]))


def test_the_main_figure_comes_first_and_what_was_not_measured_is_not_there():
    names = [one.name for one in figures_of(["loss", "f1", "macro_f1", "accuracy"], "macro_f1")]
    assert names == ["macro_f1", "f1", "accuracy", "loss"]
