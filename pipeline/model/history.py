"""A training's epochs <-> history.csv, and which of them the model is of <-> training.json."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipeline.artifacts import ModelFiles
from pipeline.files import read_json, unusable


@dataclass(frozen=True)
class EpochRow:
    """What one epoch came to: mean losses in nats a target, accuracies in [0, 1].

    The training figures are those of the steps as they were taken, dropout and all. Of validation,
    answers that training never has count as wrong, and have no loss. What is of no target is NaN.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    """At the epoch's end."""

    @property
    def figures(self) -> dict[str, float]:
        """What is known of it, by column; not the epoch's number."""
        return {
            name: value
            for name, value in asdict(self).items()
            if name != "epoch" and not math.isnan(value)
        }

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch}"
            f"  train loss {self.train_loss:.4f} accuracy {self.train_accuracy:.4f}"
            f"  validation loss {self.validation_loss:.4f} accuracy {self.validation_accuracy:.4f}"
        )


def write_history(rows: Sequence[EpochRow], folder: Path) -> None:
    """One row an epoch; floats in full, so that equal training is equal bytes."""
    with ModelFiles(folder).history.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(EpochRow)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_history(folder: Path) -> list[EpochRow]:
    """The rows beside a model, one at least.

    Raises:
        ValueError: the file is missing or damaged.
    """
    path = ModelFiles(folder).history
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [
                EpochRow(int(row.pop("epoch")), **{name: float(row[name]) for name in row})
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise unusable(path, error) from None
    if not rows:
        raise unusable(path, "it has no epoch")
    return rows


def columns_of(rows: Sequence[EpochRow]) -> dict[str, list[float]]:
    """The rows the other way round: for each column, a number an epoch."""
    return {it.name: [float(getattr(row, it.name)) for row in rows] for it in fields(EpochRow)}


def write_kept_epoch(epoch: int, folder: Path) -> None:
    """Which epoch's weights the model has, from 1."""
    text = json.dumps({"kept_epoch": epoch}) + "\n"
    ModelFiles(folder).kept_epoch.write_text(text, encoding="utf-8")


def read_kept_epoch(folder: Path) -> int:
    """Which epoch's weights the model has, from 1.

    Raises:
        ValueError: the file is missing or damaged.
    """
    path = ModelFiles(folder).kept_epoch
    kept = read_json(path).get("kept_epoch")
    if not isinstance(kept, int) or kept < 1:
        raise unusable(path, f"its kept_epoch is {kept}")
    return kept
