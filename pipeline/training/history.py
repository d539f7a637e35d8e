"""Epochs -> history.csv: a row for each, byte-stable, and a line for the log."""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipeline.files import unusable
from pipeline.study.probes import head_figures, read_probes


@dataclass(frozen=True)
class EpochRow:
    """What one epoch came to: mean losses in nats a target, accuracies in [0, 1].

    The training figures are those of the steps as they were taken, dropout and all. A split in
    which nothing was asked has NaN.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    """At the epoch's end."""

    @property
    def metrics(self) -> dict[str, float]:
        """The row by the names that group MLflow's charts: epoch/train_loss, ...

        What is not known is left out.
        """
        return {
            f"epoch/{name}": value
            for name, value in asdict(self).items()
            if name != "epoch" and not math.isnan(value)
        }

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch}"
            f"  train loss {self.train_loss:.4f} accuracy {self.train_accuracy:.4f}"
            f"  validation loss {self.validation_loss:.4f} accuracy {self.validation_accuracy:.4f}"
        )


def write_history(rows: Sequence[EpochRow], path: Path) -> None:
    """One row an epoch; floats in full, so that equal training is equal bytes."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(EpochRow)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_history(path: Path) -> list[EpochRow]:
    """What `write_history` wrote.

    Raises:
        ValueError: the file is missing or damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [
                EpochRow(int(row.pop("epoch")), **{name: float(row[name]) for name in row})
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise unusable(path, error) from None


def tell_training(model: Path, on_epoch: Callable[[dict[str, float], int], None]) -> None:
    """Give the epochs of a training that is over, and what its probes saw, to whoever listens.

    Raises:
        ValueError: a file is missing or damaged.
    """
    for row in read_history(model / "history.csv"):
        on_epoch(row.metrics, row.epoch)
    for epoch, seen in enumerate(read_probes(model / "probes.safetensors"), start=1):
        on_epoch(head_figures(seen), epoch)


def best_epoch(history: Sequence[EpochRow], monitor: str) -> int:
    """The epoch with the lowest loss or the highest accuracy, the earliest of equals.

    The last where validation has nothing that can be answered right, and so no loss.
    """
    if math.isnan(history[-1].validation_loss):
        return history[-1].epoch
    sign = -1 if monitor == "validation_accuracy" else 1
    return min(history, key=lambda row: sign * getattr(row, monitor)).epoch


def is_over(
    history: Sequence[EpochRow], max_epochs: int, monitor: str, patience: int | None
) -> bool:
    """Whether every epoch is done, or `patience` epochs have passed without a better one."""
    if not history or len(history) >= max_epochs:
        return bool(history)
    return patience is not None and len(history) - best_epoch(history, monitor) >= patience
