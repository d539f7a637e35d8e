"""A file of weights -> the runs that made it."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.files import hash_file
from pipeline.tracking.ownership import is_own
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

WEIGHTS_TAG = "headway.weights_sha256"
MOST_ALIKE = 1000


def find_by_weights(store: Store, weights: Path) -> "Run | None":
    """The project's newest run that made exactly this file of weights, if there are both."""
    return next(iter(runs_with_weights(store, weights)), None)


def runs_with_weights(store: Store, weights: Path) -> "list[Run]":
    """The project's runs that made exactly this file of weights, newest first.

    Other projects may train the same weights into the same store: those are their runs.
    """
    if not weights.is_file():
        return []
    condition = f"tags.`{WEIGHTS_TAG}` = '{hash_file(weights)}'"
    return [run for run in newest_runs(store, MOST_ALIKE, condition) if is_own(store, run)]
