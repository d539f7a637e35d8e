"""The training record -> the table of its epochs and the lines of its curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


def curves(history: Mapping[str, Sequence[float]]) -> list[Curve]:
    """Loss in nats, accuracy in [0, 1]."""
    return [_curve(history, "loss", "Loss (nats)"), _curve(history, "accuracy", "Accuracy")]


def epoch_rows(
    history: Mapping[str, Sequence[float]], told: Sequence[str]
) -> list[tuple[str, list[str], str]]:
    """Epoch, its four figures, and what is told of its heads; "" where nothing is."""
    names = [f"{split}_{what}" for what in ("loss", "accuracy") for split in SPLITS]
    count = len(history["epoch"])
    texts = [*told[:count], *[""] * (count - len(told))]
    return [
        (str(i + 1), [f"{history[name][i]:.3f}" for name in names], texts[i]) for i in range(count)
    ]


def _curve(history: Mapping[str, Sequence[float]], what: str, title: str) -> Curve:
    both = {name: list(history[f"{split}_{what}"]) for split, name in SPLITS.items()}
    values = [value for line in both.values() for value in line]
    low, high = min(values), max(values)
    count = len(history["epoch"])

    def down(value: float) -> float:
        return EDGE + (HEIGHT - 2 * EDGE) * (high - value) / ((high - low) or 1.0)

    def along(i: int) -> float:
        return LEFT + (WIDTH - LEFT - EDGE) * (i / (count - 1) if count > 1 else 0.5)

    lines = []
    for name, line in both.items():
        points = tuple((f"{along(i):.1f}", f"{down(value):.1f}") for i, value in enumerate(line))
        lines.append((name, " ".join(",".join(point) for point in points), points))
    levels = (low, (low + high) / 2, high) if high > low else (low,)
    ticks = tuple((f"{down(value):.1f}", f"{value:.2f}") for value in levels)
    return Curve(title, tuple(lines), ticks, count)
