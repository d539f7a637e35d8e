"""history.csv, as training wrote it -> its columns."""

import csv
from collections.abc import Sequence
from pathlib import Path

from pipeline.artifacts import unusable


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
