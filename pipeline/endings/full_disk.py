"""A full disk: how libraries say it, and how much is missing."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

SAID = ("No space left on device", "Disk quota exceeded", "disk is full")
"""How the system and SQLite say it; libraries in Rust pass on the words without the number."""
FULL = (errno.ENOSPC, errno.EDQUOT)
LONGEST = 160
"""Characters of a library's message that are shown."""


def is_full_disk(error: BaseException) -> bool:
    """Whether this error, or one that it was raised from, is a disk without room."""
    return any(_is_full(link) for link in chain(error))


def full_disk_message(error: BaseException, folder: Path, needed: int | None) -> str:
    """What a person needs to know: where, how much is free, how much is needed, what to do.

    `needed` is what the outputs took last time, in bytes; None where they were never made.
    """
    cause = [link for link in chain(error) if _is_full(link)][-1]
    said = " ".join(_reason(cause).split())
    said = said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
    # Outputs or the private folder may lie on a disk of their own.
    places = (folder, folder / "data", folder / ".headway")
    free = min(shutil.disk_usage(place).free for place in places if place.is_dir())
    taken = f", and the outputs took {mebibytes(needed)} last time" if needed else ""
    return (
        f"the disk is full ({said}): {mebibytes(free)} are free in this folder{taken}; make room "
        f"in it, or in {tempfile.gettempdir()} for temporary files, and run `dvc repro` again"
    )


def _reason(error: BaseException) -> str:
    """What the error says; of a folder that was copied in part, why its first file was not."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        return str(error.args[0][0][-1])
    return str(error)


def mebibytes(size: int) -> str:
    """5242880 -> 5.0 MiB."""
    return f"{size / (1 << 20):,.1f} MiB"


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _is_full(error: BaseException) -> bool:
    number = getattr(error, "errno", None)
    return number in FULL or any(text in str(error) for text in SAID)
