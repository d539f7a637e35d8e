"""The training record -> the table of its epochs and the lines of its curves."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.numbers import number_text
from pipeline.study.table import known

WIDTH, HEIGHT, LEFT, EDGE = 420, 190, 46, 24
"""Of a picture, in its own units: the whole, the room for numbers, the other margins."""

SPLITS = {"train": "training", "validation": "validation"}


@dataclass(frozen=True)
class Curve:
    """One picture: two lines over the epochs."""

    title: str
    lines: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    """The split's name, the points for `polyline`, and each point."""
    ticks: tuple[tuple[str, str], ...]
    """Where a number stands on the left, and the number."""
    last: int
    """The number of epochs."""
    kept: str | None
    """Where the kept epoch stands, along."""


@dataclass(frozen=True)
class EpochTold:
    """A row of the table."""

    epoch: int
    figures: tuple[str, ...]
    """Loss in training and validation, accuracy in training and validation."""
    told: str
    """What the heads did; "" where that is not known."""
    is_kept: bool
    """Whether the model has its weights."""


def curves(history: Mapping[str, Sequence[float]], kept: int | None = None) -> list[Curve]:
    """Loss in nats, accuracy in [0, 1]; `kept` is the epoch, from 1, that is marked."""
    return [
        _curve(history, kept, "loss", "Loss (nats)"),
        _curve(history, kept, "accuracy", "Accuracy"),
    ]


def epoch_rows(
    history: Mapping[str, Sequence[float]], told: Sequence[str], kept: int | None = None
) -> list[EpochTold]:
    """A row for each epoch."""
    names = [f"{split}_{what}" for what in ("loss", "accuracy") for split in SPLITS]
    count = len(history["epoch"])
    texts = [*told[:count], *[""] * (count - len(told))]
    return [
        EpochTold(
            i + 1,
            tuple(number_text(known(history[name][i])) for name in names),
            texts[i],
            i + 1 == kept,
        )
        for i in range(count)
    ]


def _curve(
    history: Mapping[str, Sequence[float]], kept: int | None, what: str, title: str
) -> Curve:
    both = {name: list(history[f"{split}_{what}"]) for split, name in SPLITS.items()}
    values = [value for line in both.values() for value in line if math.isfinite(value)]
    low, high = min(values, default=0.0), max(values, default=0.0)
    count = len(history["epoch"])

    def down(value: float) -> float:
        return EDGE + (HEIGHT - 2 * EDGE) * (high - value) / ((high - low) or 1.0)

    def along(i: int) -> float:
        return LEFT + (WIDTH - LEFT - EDGE) * (i / (count - 1) if count > 1 else 0.5)

    lines = []
    for name, line in both.items():
        points = tuple(
            (f"{along(i):.1f}", f"{down(value):.1f}")
            for i, value in enumerate(line)
            if math.isfinite(value)
        )
        lines.append((name, " ".join(",".join(point) for point in points), points))
    levels = (low, (low + high) / 2, high) if high > low else (low,)
    ticks = tuple((f"{down(value):.1f}", f"{value:.2f}") for value in levels)
    mark = None if kept is None else f"{along(kept - 1):.1f}"
    return Curve(title, tuple(lines), ticks, count, mark)
