"""data/evidence -> metrics: the scores first, and of many heads those that are worth most."""

import json

from pipeline.artifacts import EvidenceFiles
from pipeline.recording.evidence import evaluation_figures
from pipeline.study.table import HeadRow, write_rows

SPLIT = {
    "positions": 9, "sentences": 3, "documents": 2, "resamples": 20, "loss": 0.5, "accuracy": 0.9,
    "accuracy_low": 0.8, "accuracy_high": 0.95, "macro_f1": 0.7,
    "seen_words": {"accuracy": 0.91, "words": 8},
}  # fmt: skip


def written(folder, heads):
    """The evidence of a model with so many heads in a layer, the last worth most."""
    figures = {"test": SPLIT, "validation": SPLIT, "baselines": {"majority": {"test": 0.2}}}
    EvidenceFiles(folder).metrics.write_text(json.dumps(figures))
    rows = []
    for head in range(1, heads + 1):
        fall = {"value": -head / 100, "low": -head / 90, "high": -head / 110}
        rows += [
            HeadRow(measure="zero_accuracy", layer=1, head=head, **fall),
            *(HeadRow(measure=name, layer=1, head=head, value=head / 2) for name in "edcba"),
        ]
    write_rows(rows, list("abcde"), folder)
    return evaluation_figures(folder)


def test_scores_come_first_then_what_they_are_held_against_and_counts_are_no_metrics(tmp_path):
    figures = written(tmp_path, 0)
    assert list(figures)[:4] == ["test/accuracy", "test/macro_f1", "test/loss", "test/majority"]
    assert list(figures)[4:] == [
        "test/resamples", "interval/test_accuracy_low", "interval/test_accuracy_high",
        "test/seen_words_accuracy",
        "validation/accuracy", "validation/macro_f1", "validation/loss", "validation/resamples",
        "interval/validation_accuracy_low", "interval/validation_accuracy_high",
        "validation/seen_words_accuracy",
    ]  # fmt: skip
    assert figures["test/seen_words_accuracy"] == 0.91


def test_the_four_most_needed_headlines_of_a_head_are_metrics(tmp_path):
    figures = written(tmp_path, 2)
    logged = {name: value for name, value in figures.items() if name.startswith("heads/")}
    assert logged == {f"heads/{name}_1.{head}": head / 2 for name in "abcd" for head in (1, 2)}


def test_of_more_than_ten_heads_the_ten_that_are_worth_most_are_metrics(tmp_path):
    figures = written(tmp_path, 12)
    heads = {name.rpartition(".")[2] for name in figures if name.startswith("heads/")}
    assert heads == {str(head) for head in range(3, 13)}
