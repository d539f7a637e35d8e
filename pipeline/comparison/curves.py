"""The subjects' trainings, epoch by epoch: one line each, and of a group the band of its runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.artifacts import ModelFiles
from pipeline.comparison.subjects import EVIDENCE, Subject
from pipeline.model.history import EpochRow, read_history

CURVES = (
    ("validation_loss", "validation loss", "nats"),
    ("validation_accuracy", "validation accuracy", ""),
    ("train_loss", "training loss", "nats"),
)
"""Columns of a history, their titles and units."""


@dataclass(frozen=True)
class Point:
    """An epoch of a subject."""

    epoch: int
    mean: float
    low: float
    """The lowest of its runs."""
    high: float


@dataclass(frozen=True)
class Curve:
    """One figure of all subjects; of a subject that kept none, no points."""

    title: str
    unit: str
    lines: tuple[tuple[Point, ...], ...]


def curves_of(subjects: Sequence[Subject]) -> list[Curve]:
    """Those curves of which there is a point.

    Raises:
        ConnectionError, ValueError: the store cannot be used, or a file is damaged.
    """
    histories = [_histories(subject) for subject in subjects]
    found = [
        Curve(title, unit, tuple(_line(one, column) for one in histories))
        for column, title, unit in CURVES
    ]
    return [curve for curve in found if any(curve.lines)]


def _histories(subject: Subject) -> list[list[EpochRow]]:
    name = ModelFiles(EVIDENCE.parent).history.name
    files = [member.files.find(name) for member in subject.members]
    return [read_history(file.parent) for file in files if file is not None]


def _line(histories: Sequence[Sequence[EpochRow]], column: str) -> tuple[Point, ...]:
    by_epoch: dict[int, list[float]] = {}
    for row in (row for rows in histories for row in rows):
        if column in row.figures:
            by_epoch.setdefault(row.epoch, []).append(row.figures[column])
    return tuple(
        Point(epoch, float(np.mean(found)), min(found), max(found))
        for epoch, found in sorted(by_epoch.items())
    )
