"""Epochs that are over -> the best of them, and whether another one follows."""

import math
from collections.abc import Sequence

from pipeline.model.history import EpochRow


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
