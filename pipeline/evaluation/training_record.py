"""history.csv, as training wrote it -> its columns, and which epoch's weights are the model's."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.files import unusable

NEAR = 0.002
"""An epoch's loss and accuracy are the model's if they differ by less, in nats and parts of 1."""


def read_history(path: Path) -> dict[str, Sequence[float]]:
    """The columns of history.csv, a number for each epoch.

    Raises:
        ValueError: it is missing or damaged.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {name: [float(row[name]) for row in rows] for name in rows[0]}
    except (FileNotFoundError, IndexError, TypeError, ValueError) as error:
        raise unusable(path, error) from None


def kept_epoch(
    history: Mapping[str, Sequence[float]], metrics: Mapping[str, Any] | None
) -> int | None:
    """The epoch, from 1, that scored on validation as the model does by metrics.json.

    The earliest of equals, as training keeps it. None where none is NEAR, or nothing was measured:
    which epoch is kept hangs on `train.monitor`, which the model's files do not tell.
    """
    measured = (metrics or {}).get("validation", {})
    if not {"loss", "accuracy"} <= set(measured):
        return None
    apart = [
        max(abs(loss - measured["loss"]), abs(accuracy - measured["accuracy"]))
        for loss, accuracy in zip(
            history["validation_loss"], history["validation_accuracy"], strict=True
        )
    ]
    nearest = min(range(len(apart)), key=lambda i: apart[i])
    return nearest + 1 if apart[nearest] < NEAR else None
