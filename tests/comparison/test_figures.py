"""The F1 of whole spans, made again of the answers that a run kept."""

import numpy as np
import pyarrow as pa
import pytest
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from pipeline.comparison.answers import Answers
from pipeline.comparison.figures import FIGURES, figures_of

NAMES = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")


def test_span_f1_is_made_again_of_the_answers_and_is_seqeval_s():
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
    figure = next(one for one in FIGURES if one.name == "f1")
    sums = figure.statistics(answers, document)
    assert sums.shape == (8, 3)
    expected = f1_score(gold, given, mode="strict", scheme=IOB2)
    assert figure.of(sums.sum(axis=0)) == pytest.approx(expected)
    part = f1_score(gold[:5], given[:5], mode="strict", scheme=IOB2)
    assert figure.of(sums[0]) == pytest.approx(part)


def test_macro_f1_is_not_made_again_where_its_classes_are_no_answers():
    names = ["accuracy", "f1", "loss", "macro_f1"]
    assert [one.name for one in figures_of(names, "f1")] == ["f1", "accuracy", "loss"]
    assert "macro_f1" in [one.name for one in figures_of(["accuracy", "macro_f1"], "accuracy")]
