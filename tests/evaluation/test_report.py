import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.evaluation.measured import measure_masked_lm, measure_tagging
from pipeline.evaluation.predictions import Predictions
from pipeline.evaluation.report import metrics, write_metrics, write_tables
from pipeline.resampling import Resampling

RESAMPLING = Resampling(samples=200, confidence=0.95, seed=0)


def _predictions(n=60, n_classes=3):
    generator = np.random.default_rng(1)
    gold = generator.integers(n_classes, size=n)
    predicted = np.where(generator.random(n) < 0.8, gold, generator.integers(n_classes, size=n))
    return Predictions(
        sentence=np.arange(n) // 4,
        word=np.arange(n) % 4,
        gold=gold,
        predicted=predicted,
        confidence=generator.uniform(0.4, 1, n),
        loss=generator.exponential(0.4, n),
        classes=("NOUN", "VERB", "X,Y"),
    )


def _tagging():
    p = _predictions()
    return measure_tagging(
        p, np.full(15, 4), ["email"] * 15, p.word != 2, (2, 8), bins=5, resampling=RESAMPLING
    )


def test_metrics_hold_what_is_promised_with_intervals_around_the_values():
    figures = metrics({"test": _tagging()}, {"majority": {"test": 1 / 3}})
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
    found = metrics({"test": measure_masked_lm(_predictions(), two_each)}, {})["test"]
    assert (found["documents"], found["sentences"], found["resamples"]) == (8, 15, 200)


def test_a_masked_model_has_a_perplexity_and_no_figures_of_classes():
    found = metrics({"validation": measure_masked_lm(_predictions(), RESAMPLING)}, {})["validation"]
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
    assert int(pair["count"]) == evidence.confusion[1, 2]


def test_every_table_is_written_the_same_each_time(tmp_path):
    names = ["calibration", "classes", "confusion", "genre", "length", "seen"]
    for folder in ("one", "two"):
        write_tables(tmp_path / folder, _tagging())
    assert sorted(path.stem for path in (tmp_path / "one").iterdir()) == names
    for name in names:
        one, two = ((tmp_path / folder / f"{name}.csv").read_bytes() for folder in ("one", "two"))
        assert one == two
        assert b"nan" not in one
