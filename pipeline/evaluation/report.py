"""What was measured becomes metrics.json and tables that a person, DVC and MLflow can read."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.artifacts import Split
from pipeline.evaluation.breakdown import GroupAccuracy
from pipeline.evaluation.measured import MaskedEvidence, TaggingEvidence
from pipeline.files import whole_file
from pipeline.resampling import Estimate

DIGITS = 6


def metrics(
    splits: Mapping[Split, TaggingEvidence | MaskedEvidence],
    baselines: Mapping[str, Mapping[Split, float]],
) -> dict[str, Any]:
    """The headline figures by split, and each baseline's accuracy by split.

    Accuracies, F1 and calibration errors lie in [0, 1], losses are in nats; `x_low` and `x_high`
    are the ends of x's interval, of so many `resamples` of the `documents`, or of the sentences
    where no documents are known. {"test": {"accuracy": .94, "accuracy_low": ...}, "baselines": ...}
    """
    return {split: _split_metrics(evidence) for split, evidence in splits.items()} | {
        "baselines": {
            name: {split: round(value, DIGITS) for split, value in by_split.items()}
            for name, by_split in baselines.items()
        }
    }


def write_metrics(path: Path, figures: Mapping[str, Any]) -> None:
    """Write metrics.json."""
    text = json.dumps(figures, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def write_tables(folder: Path, evidence: TaggingEvidence) -> None:
    """Write a split's classes.csv, confusion.csv, calibration.csv, length.csv, seen.csv, genre.csv.

    confusion.csv has one row for each (actual, predicted) pair of classes, with its count.
    """
    _write_table(folder / "classes.csv", "class precision recall f1 support", _classes(evidence))
    _write_table(folder / "confusion.csv", "actual predicted count", _confusion(evidence))
    _write_table(
        folder / "calibration.csv",
        "confidence accuracy confidence_above confidence_to count",
        _calibration(evidence),
    )
    for name, groups in (
        ("length", evidence.lengths),
        ("seen", evidence.seen),
        ("genre", evidence.genres),
    ):
        header = f"{name} accuracy accuracy_low accuracy_high words sentences"
        _write_table(folder / f"{name}.csv", header, map(_group_row, groups))


def _split_metrics(evidence: TaggingEvidence | MaskedEvidence) -> dict[str, Any]:
    figures: dict[str, Any] = {"positions": evidence.positions, "sentences": evidence.sentences}
    figures["resamples"] = evidence.drawn.resamples
    if evidence.drawn.documents is not None:
        figures["documents"] = evidence.drawn.documents
    figures |= _with_interval("accuracy", evidence.accuracy)
    figures |= _with_interval("loss", evidence.loss)
    if isinstance(evidence, MaskedEvidence):
        return figures | _with_interval("perplexity", evidence.perplexity)
    figures |= _with_interval("macro_f1", evidence.macro_f1)
    if evidence.unanswerable:
        figures["words_of_unseen_labels"] = evidence.unanswerable
    figures["expected_calibration_error"] = round(evidence.reliability.expected_error, DIGITS)
    figures["maximum_calibration_error"] = round(evidence.reliability.maximum_error, DIGITS)
    for group in evidence.seen:
        accuracy = _with_interval("accuracy", group.accuracy)
        figures[f"{group.name}_words"] = accuracy | {"words": group.positions}
    return figures


def _with_interval(name: str, estimate: Estimate | None) -> dict[str, float]:
    """Nothing where there is no estimate."""
    return (
        {}
        if estimate is None
        else {
            name: round(estimate.value, DIGITS),
            f"{name}_low": round(estimate.low, DIGITS),
            f"{name}_high": round(estimate.high, DIGITS),
        }
    )


def _classes(evidence: TaggingEvidence) -> Iterable[Sequence[Any]]:
    found = evidence.class_scores
    return zip(
        evidence.classes, found.precision, found.recall, found.f1, found.support, strict=True
    )


def _confusion(evidence: TaggingEvidence) -> Iterable[Sequence[Any]]:
    for actual, row in zip(evidence.classes, evidence.confusion, strict=True):
        for predicted, count in zip(evidence.classes, row, strict=True):
            yield actual, predicted, count


def _calibration(evidence: TaggingEvidence) -> Iterable[Sequence[Any]]:
    bins = evidence.reliability
    return zip(bins.confidence, bins.accuracy, bins.low, bins.high, bins.count, strict=True)


def _group_row(group: GroupAccuracy) -> Sequence[Any]:
    estimate = group.accuracy
    return (
        group.name, estimate.value, estimate.low, estimate.high, group.positions, group.sentences
    )  # fmt: skip


def _write_table(path: Path, header: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file; floats with six digits, whole numbers and names as they are."""
    with whole_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    return round(float(value), DIGITS) if isinstance(value, float) else value
