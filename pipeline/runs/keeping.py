"""Pages made of several runs -> the run that keeps them, and back."""

from pathlib import Path

from pipeline.tracking.client import plain_errors
from pipeline.tracking.store import Store

PAGES = {"comparison": "comparisons", "atlas": "atlases"}
"""Folders of a run's artifacts that keep pages of several runs, by what such a page is called."""


def kept_pages(store: Store, run_id: str) -> dict[str, list[Path]]:
    """The pages that a run keeps, by what they are called, below its artifacts.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    with plain_errors(store.uri):
        files = {name: store.client.list_artifacts(run_id, it) for name, it in PAGES.items()}
    return {name: [Path(it.path) for it in found] for name, found in files.items()}


def keep_file(store: Store, run_id: str, file: Path, folder: str) -> None:
    """Put a file into a folder of a run's artifacts, in place of one of that name.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    with plain_errors(store.uri):
        store.client.log_artifact(run_id, str(file), folder)
