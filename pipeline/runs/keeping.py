"""A file made of runs -> the run that keeps it."""

from pathlib import Path

from pipeline.tracking.client import plain_errors
from pipeline.tracking.store import Store


def keep_file(store: Store, run_id: str, file: Path, folder: str) -> None:
    """Put a file into a folder of a run's artifacts, in place of one of that name.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    with plain_errors(store.uri):
        store.client.log_artifact(run_id, str(file), folder)
