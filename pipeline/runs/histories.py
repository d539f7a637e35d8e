"""Runs -> how their trainings went, by epoch: what each kept of its history."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.model.history import columns_of, read_history
from pipeline.runs.finding import ID_LENGTH, find_run, shown_name
from pipeline.tracking.client import plain_errors
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

Columns = dict[str, list[float]]
HISTORY = ModelFiles(Artifacts(Path()).model).history.name
CANDIDATES = 50


def histories_of(store: Store, queries: Sequence[str], most: int) -> dict[str, Columns]:
    """By a run's name and id, the columns of its history: of those asked for, else the newest.

    Raises:
        ConnectionError, ValueError: the store cannot be used; there is no such run, too many are
            asked for, or one has no history.
    """
    if len(queries) > most:
        raise ValueError(f"at most {most} runs can be told apart in a picture: name fewer")
    found: dict[str, Columns] = {}
    runs = [find_run(store, query) for query in queries] or newest_runs(store, CANDIDATES)
    for run in runs:
        if len(found) == most:
            break
        columns = _history(store, run)
        if columns is None and queries:
            raise ValueError(f"{shown_name(run)} has no history: its training did not end")
        if columns is not None:
            found[f"{shown_name(run)} ({run.info.run_id[:ID_LENGTH]})"] = columns
    if not found:
        raise ValueError("no run has a history yet: `dvc repro` makes one")
    return found


def _history(store: Store, run: "Run") -> Columns | None:
    with plain_errors(store.uri), tempfile.TemporaryDirectory() as folder:
        there = {item.path for item in store.client.list_artifacts(run.info.run_id)}
        if HISTORY not in there:
            return None
        store.client.download_artifacts(run.info.run_id, HISTORY, folder)
        return columns_of(read_history(Path(folder)))
