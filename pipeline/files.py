"""Files and folders that are whole or not there, their hashes, and JSON that may be damaged."""

import csv
import hashlib
import io
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.leftovers import PREFIX, held


def unusable(path: Path, reason: object) -> ValueError:
    """The error for a file of an output that is missing or not what its stage wrote."""
    return ValueError(
        f"{path.parent.name}/{path.name} cannot be used ({reason}): expected what the last "
        f"`dvc repro` wrote; `dvc checkout --force` puts it back"
    )


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object that a stage wrote.

    Raises:
        ValueError: the file is missing or damaged.
    """
    try:
        found: dict[str, Any] = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise unusable(path, "it is missing") from None
    except ValueError as error:
        raise unusable(path, error) from None
    return found


def parse_json(text: str | bytes) -> Any:
    """What a text of JSON says.

    Raises:
        ValueError: it is none, or nested so deeply that nobody can have meant it.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None


def csv_line(cells: Iterable[object]) -> str:
    r"""The cells as a line of CSV that ends in \n; one with a line end of any kind is quoted.

    The library quotes only the kind that it ends its own lines with, which is why it ends them
    with both.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n") + "\n"


def hash_file(path: Path) -> str:
    """The sha256 of what a file holds."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_files(root: Path, patterns: Iterable[str]) -> list[Path]:
    """Every file below `root` that a glob names, sorted; bytecode is nobody's file."""
    found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if "__pycache__" not in path.parts)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into; on success it takes the place of `folder`, else it goes.

    Written beside its place and renamed, so a killed process leaves nothing half written there. An
    old `folder` is removed just before; of a stage's outputs DVC has done so before it began.
    Who may read and write it is what the system gives a new folder: by the umask and its parent.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(folder)
    beside.mkdir()
    try:
        with held(beside):
            yield beside
            allowed = beside.stat().st_mode & READ_AND_WRITE
            for file in filter(Path.is_file, beside.rglob("*")):
                file.chmod(allowed)  # some libraries write files that nobody else may read
            if folder.exists():
                shutil.rmtree(folder)
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; on success it is renamed to `path`, else it goes.

    Who may read and write it is what the system gives a new file there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path)
    beside.touch(exist_ok=False)
    allowed = beside.stat().st_mode & READ_AND_WRITE
    try:
        with held(beside):
            yield beside
            beside.chmod(allowed)
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def new_folder(folder: Path, name: str) -> Path:
    """Make a folder of this name, with signs that make it a free one, in `folder`.

    Who may read and write it is what the system gives a new folder there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{name}-{secrets.token_hex(4)}"
    made.mkdir()
    return made


READ_AND_WRITE = 0o666


def _beside(path: Path) -> Path:
    """A free name in the same folder, for what is still being written.

    Not by `tempfile`, which makes files and folders that are for their owner alone.
    """
    return path.with_name(f"{PREFIX}{path.name}-{secrets.token_hex(4)}{path.suffix}")
