"""What was measured becomes metrics.json and tables that a person, DVC and MLflow can read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.artifacts import Split, SplitFiles
from pipeline.evaluation.breakdown import GroupAccuracy
from pipeline.evaluation.calibration import Reliability
from pipeline.evaluation.measured import Evidence, OfClasses
from pipeline.files import csv_line, read_json, whole_file
from pipeline.resampling import Estimate

DIGITS = 6


def metrics(
    splits: Mapping[Split, Evidence],
    baselines: Mapping[Split, Mapping[str, float]],
) -> dict[str, Any]:
    """The headline figures by split, and by name each baseline's figure by split.

    Accuracies, F1 and calibration errors lie in [0, 1], losses are in nats, and a perplexity is the
    exponential of one; `x_low` and `x_high` are the ends of x's interval, of so many `resamples` of
    the `documents`, or of the sentences where no documents are known.
    {"test": {"accuracy": .94, "accuracy_low": ...}, "baselines": ...}
    """
    by_name: dict[str, dict[str, float]] = {}
    for split, reached in baselines.items():
        for name, value in reached.items():
            by_name.setdefault(name, {})[split] = round(value, DIGITS)
    found = {split: _split_metrics(evidence) for split, evidence in splits.items()}
    return found | {"baselines": by_name}


def write_metrics(path: Path, figures: Mapping[str, Any]) -> None:
    """Write a file of figures.

    Raises:
        ValueError: a figure is NaN or infinite.
    """
    text = json.dumps(figures, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def read_draws(metrics: Path) -> int | None:
    """Of how many draws the intervals of that evaluation are; None where it does not say.

    Raises:
        ValueError: the file is damaged.
    """
    found = read_json(metrics).get("validation", {}) if metrics.is_file() else {}
    draws: int | None = found.get("resamples")
    return draws


def write_tables(folder: Path, evidence: Evidence) -> None:
    """Write those of classes.csv, confusion.csv, errors.csv, calibration.csv and a file a group.

    What there is no figure of has no file.
    confusion.csv has one row for each (actual, predicted) pair of classes, with its count.
    """
    files = SplitFiles(folder)
    if evidence.by_class:
        header = "class precision recall f1 support"
        _write_table(files.classes, header, _classes(evidence.by_class))
        if evidence.by_class.confusion is not None:
            header, rows = "actual predicted count", _confusion(evidence.by_class)
            _write_table(files.confusion, header, rows)
    if evidence.reliability:
        header = "confidence accuracy confidence_above confidence_to count"
        _write_table(files.calibration, header, _calibration(evidence.reliability))
    if evidence.errors:
        _write_errors(files.errors, evidence.errors)
    counts = " ".join(dict.fromkeys([evidence.counted, "sentences"]))
    for name, group in evidence.groups.items():
        header = f"{name} accuracy accuracy_low accuracy_high {counts}"
        rows = (_group_row(part)[: len(header.split())] for part in group.parts)
        _write_table(files.group(name), header, rows)


def _write_errors(path: Path, errors: Sequence[Mapping[str, str]]) -> None:
    _write_table(path, " ".join(errors[0]), (list(row.values()) for row in errors))


def _split_metrics(evidence: Evidence) -> dict[str, Any]:
    figures: dict[str, Any] = {"positions": evidence.positions, "sentences": evidence.sentences}
    figures["resamples"] = evidence.drawn.resamples
    if evidence.drawn.documents is not None:
        figures["documents"] = evidence.drawn.documents
    for name, estimate in evidence.estimates.items():
        figures |= _with_interval(name, estimate)
    figures |= evidence.counts
    if evidence.reliability:
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


def _classes(found: OfClasses) -> Iterable[Sequence[Any]]:
    of = found.scores
    return zip(found.names, of.precision, of.recall, of.f1, of.support, strict=True)


def _confusion(found: OfClasses) -> Iterable[Sequence[Any]]:
    assert found.confusion is not None
    for actual, row in zip(found.names, found.confusion, strict=True):
        for predicted, count in zip(found.names, row, strict=True):
            yield actual, predicted, count


def _calibration(bins: Reliability) -> Iterable[Sequence[Any]]:
    return zip(bins.confidence, bins.accuracy, bins.low, bins.high, bins.count, strict=True)


def _group_row(group: GroupAccuracy) -> Sequence[Any]:
    estimate = group.accuracy
    return (
        group.name, estimate.value, estimate.low, estimate.high, group.positions, group.sentences
    )  # fmt: skip


def _write_table(path: Path, header: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file; floats with six digits, whole numbers and names as they are."""
    with whole_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(header.split()))
        file.writelines(csv_line([_cell(value) for value in row]) for row in rows)


def _cell(value: Any) -> Any:
    return round(float(value), DIGITS) if isinstance(value, float) else value
