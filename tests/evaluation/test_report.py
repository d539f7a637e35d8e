import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.evaluation.by_objective import MEASURING
from pipeline.evaluation.held_out import Sentences
from pipeline.evaluation.measuring import Measurable
from pipeline.evaluation.predictions import Predictions
from pipeline.evaluation.report import metrics, write_metrics, write_tables
from pipeline.resampling import Resampling
from pipeline.tokens.store import TokenStore

RESAMPLING = Resampling(samples=200, level=0.95, seed=0)


def _predictions(n=60, n_classes=3):
    generator = np.random.default_rng(1)
    gold = generator.integers(n_classes, size=n)
    predicted = np.where(generator.random(n) < 0.8, gold, generator.integers(n_classes, size=n))
    return Predictions(
        sentence=np.arange(n) // 4,
        word=np.arange(n) % 4,
        place=np.arange(n) % 4,
        gold=gold,
        predicted=predicted,
        confidence=generator.uniform(0.4, 1, n),
        loss=generator.exponential(0.4, n),
        classes=("NOUN", "VERB", "X,Y"),
    )


def _measured(kind, resampling=RESAMPLING):
    """15 sentences of four words, of which training never had the third."""
    predictions = _predictions()
    forms = [f"word {number}" for number in predictions.word]
    sentences = Sentences(
        [str(i) for i in range(15)], ["email"] * 15, np.full(15, 4), forms, [], [""] * 15
    )
    train = replace(sentences, forms=[form for form in forms if form != "word 2"])
    none = np.zeros(0, np.int64)
    nothing = TokenStore(np.zeros(1, np.int64), none, none[:, None], none, none.astype(bool))
    return MEASURING[kind].measure(
        Measurable(
            predictions, forms, sentences, nothing, train, nothing, None, (2, 8), 5, resampling
        )
    )


def _tagging():
    return _measured("tagging")


def test_metrics_hold_what_is_promised_with_intervals_around_the_values():
    figures = metrics({"test": _tagging()}, {"test": {"majority": 1 / 3}})
    assert figures["baselines"] == {"majority": {"test": 0.333333}}
    found = figures["test"]
    for name in ("accuracy", "macro_f1", "loss"):
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]
    assert found["accuracy"] == round((_predictions().is_correct).mean(), 6)
    assert (found["positions"], found["sentences"]) == (60, 15)
    assert found["unseen_words"]["words"] == 15
    assert 0 <= found["expected_calibration_error"] <= found["maximum_calibration_error"]


def test_metrics_say_what_was_drawn():
    alone = metrics({"test": _tagging()}, {})["test"]
    assert alone["resamples"] == 200
    assert "documents" not in alone
    two_each = replace(RESAMPLING, unit=np.arange(20) // 2)  # of the 20 sentences 15 have a word
    found = metrics({"test": _measured("masked_lm", two_each)}, {})["test"]
    assert (found["documents"], found["sentences"], found["resamples"]) == (8, 15, 200)


def test_a_masked_model_has_a_perplexity_and_no_figures_of_classes():
    found = metrics({"validation": _measured("masked_lm")}, {})["validation"]
    assert found["perplexity"] == pytest.approx(np.exp(_predictions().loss.mean()), abs=1e-6)
    assert found["perplexity_low"] < found["perplexity"] < found["perplexity_high"]
    assert "macro_f1" not in found


def test_metrics_are_written_as_plain_sorted_json(tmp_path):
    figures = metrics({"test": _tagging()}, {})
    write_metrics(tmp_path / "metrics.json", figures)
    text = (tmp_path / "metrics.json").read_text(encoding="utf-8")
    assert json.loads(text) == figures
    assert text == json.dumps(figures, indent=2, sort_keys=True) + "\n"


def test_the_confusion_table_counts_every_pair_of_classes(tmp_path):
    evidence = _tagging()
    write_tables(tmp_path, evidence)
    with (tmp_path / "confusion.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    assert sum(int(row["count"]) for row in rows) == 60
    (pair,) = [row for row in rows if (row["actual"], row["predicted"]) == ("VERB", "X,Y")]
    assert int(pair["count"]) == evidence.by_class.confusion[1, 2]


def test_every_table_is_written_the_same_each_time(tmp_path):
    names = ["calibration", "classes", "confusion", "genre", "length", "seen"]
    for folder in ("one", "two"):
        write_tables(tmp_path / folder, _tagging())
    assert sorted(path.stem for path in (tmp_path / "one").iterdir()) == names
    for name in names:
        one, two = ((tmp_path / folder / f"{name}.csv").read_bytes() for folder in ("one", "two"))
        assert one == two
        assert b"nan" not in one
