"""Where a sweep keeps what it needs: the names of its files and folders below .headway/sweeps."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from pipeline.artifacts import Artifacts
from pipeline.files import whole_file

FOR_ITS_OWNER = 0o600


@dataclass(frozen=True)
class Place:
    """One sweep's folder in a project."""

    root: Path
    """The project's folder."""
    name: str

    @property
    def folder(self) -> Path:
        """All of it; without it the project does not know the sweep."""
        return sweeps_folder(self.root) / self.name

    @property
    def journal(self) -> Path:
        """Optuna's, where no other storage was given."""
        return self.folder / "journal"

    @property
    def journal_lock(self) -> Path:
        """Held by whoever writes to the journal."""
        return self.folder / "journal.lock"

    @property
    def locks(self) -> Path:
        """A file for each trial that is being run; gone when nobody runs one."""
        return self.folder / "locks"

    @property
    def marks(self) -> Path:
        """An empty file for each stage that trials share, and that one of them has made."""
        return self.folder / "marks"

    @property
    def trees(self) -> Path:
        """A folder for each trial that is being run; gone when nobody runs one."""
        return self.folder / "trees"

    @property
    def base(self) -> str:
        """The git ref of the code that all trials have."""
        return f"refs/headway/sweeps/{self.name}"

    def tree(self, number: int) -> Path:
        """The working copy of a trial."""
        return self.trees / f"{number:03}"

    def log(self, number: int) -> Path:
        """All that a trial's stages said."""
        return self.folder / "logs" / f"{number:03}.log"

    def keep_storage(self, url: str | None) -> None:
        """Note where the sweep is recorded; an address for its owner alone: it may be a secret."""
        with whole_file(self._pointer) as beside:
            if url is not None:
                beside.chmod(FOR_ITS_OWNER)
            beside.write_text(json.dumps({"storage": url}) + "\n", encoding="utf-8")
        if url is not None:
            self._pointer.chmod(FOR_ITS_OWNER)

    @property
    def is_known(self) -> bool:
        """Whether the sweep was begun here."""
        return self._pointer.is_file()

    def storage(self) -> str | None:
        """What was noted: an address of Optuna's, or None for the journal here.

        Raises:
            ValueError: the project has no such sweep, or its address is somebody else's.
        """
        try:
            told: str | None = json.loads(self._pointer.read_text(encoding="utf-8"))["storage"]
        except FileNotFoundError:
            known = ", ".join(sweeps_of(self.root)) or "there are none"
            raise ValueError(f"there is no sweep {self.name!r} here: {known}") from None
        except PermissionError as error:
            raise ValueError(
                f"where the sweep {self.name!r} is kept is for its owner alone to read "
                f"({error.strerror}: {self._pointer}): ask its owner"
            ) from None
        return told

    @property
    def _pointer(self) -> Path:
        return self.folder / "sweep.json"

    @contextmanager
    def held(self, what: str, seconds: float = 0) -> Iterator[bool]:
        """Whether this process alone has it now; however the process ends, it is free again."""
        self.locks.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.locks / what, timeout=seconds)
        try:
            lock.acquire()
        except filelock.Timeout:
            yield False
            return
        try:
            yield True
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    def clear(self) -> None:
        """Let go what only trials that are being run need; none of them is."""
        for folder in (self.marks, self.trees, self.locks):
            shutil.rmtree(folder, ignore_errors=True)
        self.journal_lock.unlink(missing_ok=True)


def sweeps_folder(root: Path) -> Path:
    """Where all sweeps of a project lie."""
    return Artifacts(root).private / "sweeps"


def sweeps_of(root: Path) -> list[str]:
    """The names of the project's sweeps, the oldest first."""
    found = [path.parent for path in sweeps_folder(root).glob("*/sweep.json")]
    return [it.name for it in sorted(found, key=lambda it: (it / "sweep.json").stat().st_mtime)]
