"""A training's steps <-> trail.csv: by what two trainings of the same beginning are told apart."""

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from torch import Tensor

from pipeline.artifacts import ModelFiles
from pipeline.files import unusable


@dataclass(frozen=True)
class TrailRow:
    """What a training was after a step of the optimiser."""

    step: int
    """Steps done since the training began."""
    loss: float
    """Mean loss of the epoch under way until here, in nats a target; of the first process's own
    targets where there are several. All of its digits are kept."""
    weights: str
    """A hash of the trained weights' bytes, not of their moving average."""


@dataclass(frozen=True)
class Parting:
    """The first step at which two trails differ, of those that both have."""

    after: int
    """The last step before it at which they are the same; 0: the beginning."""
    step: int
    weights_differ: bool
    losses: tuple[float, float]

    def __str__(self) -> str:
        between = f"between step {self.after} and step {self.step}"
        what = "the weights differ" if self.weights_differ else "the weights are still the same"
        one, other = self.losses
        loss = "and the losses are the same" if one == other else f"the losses are {one}, {other}"
        return f"the trainings part {between}: there {what}, {loss}"


def parting(one: Sequence[TrailRow], other: Sequence[TrailRow]) -> Parting | None:
    """Where two trails part; None where they are the same at all steps that both have."""
    others = {row.step: row for row in other}
    after = 0
    for row in one:
        its = others.get(row.step)
        if its is None:
            continue
        if its != row:
            return Parting(after, row.step, row.weights != its.weights, (row.loss, its.loss))
        after = row.step
    return None


def hash_weights(weights: Iterable[Tensor]) -> str:
    """The beginning of the sha256 of their bytes, one after the other; 128 bits, as text."""
    sha256 = hashlib.sha256()
    for weight in weights:
        sha256.update(weight.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return sha256.hexdigest()[:32]


def write_trail(rows: Sequence[TrailRow], folder: Path) -> None:
    """Write trail.csv; the same training gives the same bytes."""
    with ModelFiles(folder).trail.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [it.name for it in fields(TrailRow)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_trail(folder: Path) -> list[TrailRow]:
    """The rows beside a model; none where it was trained before trails were kept.

    Raises:
        ValueError: the file is damaged.
    """
    path = ModelFiles(folder).trail
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [
                TrailRow(int(row["step"]), float(row["loss"]), row["weights"])
                for row in csv.DictReader(file)
            ]
    except (KeyError, TypeError, ValueError) as error:
        raise unusable(path, error) from None
