"""What commands begin with: the project at hand, its store, a run's outputs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import Artifacts
from pipeline.project_folder import find_root

if TYPE_CHECKING:
    from pipeline.runs.fetching import Kept
    from pipeline.runs.finding import Need
    from pipeline.tracking.store import Store


@contextmanager
def outputs_of(root: Path, query: str | None, need: "Need") -> Iterator[Artifacts]:
    """A run's outputs, else the workspace's, for as long as the block lasts."""
    if query is None:
        yield Artifacts(root)
        return
    with kept_by(root, query, need) as kept:
        yield kept.outputs


@contextmanager
def kept_by(root: Path, query: str, need: "Need") -> "Iterator[Kept]":
    """What the run that a person means has kept, for as long as the block lasts."""
    from pipeline.runs.fetching import kept_run

    with kept_run(open_here(root), query, need) as kept:
        yield kept


def project_or_bundle(is_bundle: bool) -> Path | None:
    """The project at hand; a bundle needs none."""
    try:
        return find_root(Path.cwd())
    except FileNotFoundError:
        if is_bundle:
            return None
        raise


def open_here(root: Path) -> "Store":
    """The project's store; runs of processes that are gone are closed first."""
    from pipeline.tracking.liveness import close_abandoned
    from pipeline.tracking.store import open_store

    store = open_store(root)
    close_abandoned(store)
    return store
