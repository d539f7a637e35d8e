"""Names of files, and cells -> which split they speak of."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pipeline.artifacts import SPLITS, Split

SPLIT_WORD = re.compile(r"(?<![a-z])(train|dev|validation|test)(?![a-z])")
CALLED: dict[str, Split] = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test",
}  # fmt: skip
"""What a cell may call each split."""


def named_split(path: Path) -> Split:
    """The one split that a file name speaks of.

    Raises:
        ValueError: it holds none of the words, or several.
    """
    named = _splits_in(path)
    if len(named) != 1:
        raise ValueError(
            f"{path.name} must hold one of the words train, dev, validation or test in its name, "
            f"found {' and '.join(sorted(named)) or 'none'}: rename it or take it out"
        )
    return CALLED[named.pop()]


def splits_of(files: Sequence[Path]) -> dict[Path, Split] | None:
    """The split of each of several files by its name; None where no name speaks of one.

    Raises:
        ValueError: some names speak of one split and others do not, or train has no file.
    """
    if len(files) == 1 or not any(map(_splits_in, files)):
        return None
    found = {path: named_split(path) for path in files}
    if "train" not in found.values():
        raise ValueError(
            f"there is no file for train among {', '.join(path.name for path in files)}: "
            f"add one, or take the splits' names out of the files' to have splits made"
        )
    return found


def not_given(given: Collection[Split]) -> tuple[Split, ...]:
    """The splits that have to be cut from train: none where none is given."""
    return tuple(split for split in SPLITS if given and split not in given)


def _splits_in(path: Path) -> set[str]:
    return set(SPLIT_WORD.findall(path.name.lower().replace("validation", "dev")))


def split_called(cell: str) -> Split:
    """The split that a cell speaks of.

    Raises:
        ValueError: it speaks of none.
    """
    found = split_in(cell)
    if found is None:
        raise ValueError(f"its split is {cell!r}: expected train, validation or test")
    return found


def split_in(cell: str) -> Split | None:
    """The split that a cell speaks of, if it speaks of one."""
    return CALLED.get(cell.strip().lower())
