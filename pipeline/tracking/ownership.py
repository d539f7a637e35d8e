"""Which runs are a project's own, in a store that others may share."""

import json
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from pipeline.artifacts import Artifacts
from pipeline.files import whole_file
from pipeline.tracking.store import Store, sqlite_uri

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

PROJECT_TAG = "headway.project"
NOBODY = ""


@dataclass(frozen=True)
class Identity:
    """`.headway/project.json`: who a project is."""

    id: str
    folder: str
    """Where it lay when it was last asked."""
    copied_from: list[str]
    """The projects that the folder is a copy of, and whose runs its copy of their store holds."""


def project_id(project: Path) -> str:
    """A text of the project's own, by which its runs are known in a store that others share."""
    return identity_of(project).id


def identity_of(project: Path) -> Identity:
    """Who the project is, told once and for all.

    A folder that was moved stays who it was. A copy is another: the folder that it was told in is
    still there then.
    """
    path = _place(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_suffix(".lock")):
        known = _read(path)
        if known and known.folder == str(project):
            return known
        now = _told_again(known, project)
        with whole_file(path) as beside:
            beside.write_text(json.dumps(asdict(now)) + "\n", encoding="utf-8")
        return now


def is_own(store: Store, run: "Run") -> bool:
    """Whether the project made the run. A run that does not say is its store's project's."""
    own = identity_of(store.project)
    makers = {own.id}
    if store.uri == sqlite_uri(store.project):
        makers |= {NOBODY, *own.copied_from}
    return run.data.tags.get(PROJECT_TAG, NOBODY) in makers


def _told_again(known: Identity | None, project: Path) -> Identity:
    if known is None:
        return Identity(uuid.uuid4().hex, str(project), [])
    there = _read(_place(Path(known.folder)))
    if there and there.id == known.id:
        return Identity(uuid.uuid4().hex, str(project), [known.id, *known.copied_from])
    return Identity(known.id, str(project), known.copied_from)


def _place(project: Path) -> Path:
    return Artifacts(project).private / "project.json"


def _read(path: Path) -> Identity | None:
    """What an earlier process wrote; None where nothing can be read."""
    try:
        return Identity(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
