"""What killed processes left half written: told from what is still being written, and removed."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":  # a system without such locks: leftovers stay there
    import fcntl

PREFIX = ".part-"
"""How the name of what is still being written begins; git and DVC are told to leave it out."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file's or a folder's lock inside; however the process ends, the lock ends too.

    Where none can be had, the block goes on without.
    """
    lock = _lock(path)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def is_held(path: Path) -> bool:
    """Whether another process holds this file's lock now, or none can be had of this disk."""
    lock = _lock(path)
    if lock is not None:
        os.close(lock)
    return lock is None and sys.platform != "win32" and path.exists()


def remove_whole(folder: Path) -> None:
    """Remove a folder; a kill leaves all of it, or none of it there but a leftover."""
    beside = folder.with_name(f"{PREFIX}{folder.name}-{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        folder.rename(beside)
    shutil.rmtree(beside, ignore_errors=True)


def remove_leftovers(folders: Iterable[Path]) -> list[Path]:
    """Remove what lies in these folders half written and is nobody's any more; gives what went."""
    found = [path for folder in folders for path in sorted(folder.glob(f"{PREFIX}*"))]
    return [path for path in found if _remove_if_nobodys(path)]


def _remove_if_nobodys(path: Path) -> bool:
    lock = _lock(path)
    if lock is None:
        return False
    try:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        return not path.exists()
    finally:
        os.close(lock)


def _lock(path: Path) -> int | None:
    """An open descriptor that holds the lock; None where another holds it, or none can be had."""
    if sys.platform == "win32":
        return None
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # held, or a network's disk without locks for folders
            os.close(descriptor)
            return None
        return descriptor
    return None
