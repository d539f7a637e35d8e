"""A path, or a pattern of paths, below data/source -> the files that it names."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.corpus.formats.characters import suffix_of
from pipeline.corpus.source import local_path
from pipeline.foreign import first_named

PATTERN = frozenset("*?[")
NAMED = 100
"""Files that a line names."""


def data_files(artifacts: Artifacts, path: str, suffixes: Collection[str]) -> list[Path]:
    """The file, or those of the folder or the pattern that have one of the endings, sorted.

    A file that is named by itself may have any ending.

    Raises:
        ValueError: it lies outside data/source, or no file has such an ending.
        FileNotFoundError: there is nothing.
    """
    if PATTERN & {*path} and not (artifacts.root / path).exists():
        found = [local_path(artifacts, one.as_posix()) for one in _matching(artifacts.root, path)]
        if not found:
            local_path(artifacts, path)  # says what to do
    else:
        place = local_path(artifacts, path)
        if place.is_file():
            return [_spellable(place)]
        found = [one for one in place.rglob("*") if not one.name.startswith(".")]
    files = sorted(one for one in found if one.is_file() and suffix_of(one) in suffixes)
    if not files:
        raise ValueError(
            f"{path} has no file that ends in {', '.join(sorted(suffixes))} (or that and .gz or "
            f".zst): put one there, or name another path"
        )
    return [*map(_spellable, files)]


def named_files(names: Sequence[str]) -> str:
    """The files that a corpus was read from, as one line; MLflow takes no longer ones than 65,535.

    All of them stand in the card.
    """
    return first_named(names, NAMED)


def _spellable(path: Path) -> Path:
    """The path; ValueError where its name cannot be written into a card."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError(f"the name {path.name!a} is no UTF-8: rename the file") from None
    return path


def _matching(root: Path, pattern: str) -> list[Path]:
    """What a pattern matches, below the project."""
    inside = os.path.normpath(pattern)
    if Path(inside).is_absolute():
        inside = os.path.relpath(inside, root)
    return [path.relative_to(root) for path in root.glob(inside)] if ".." not in inside else []
