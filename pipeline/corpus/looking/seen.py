"""What was seen of a person's files, and what follows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts import SPLITS
from pipeline.corpus.formats.file_splits import not_given, splits_of
from pipeline.corpus.looking.choices import Choice
from pipeline.corpus.looking.columns import Column

MOST = 10
"""Files that are told of one by one."""


@dataclass(frozen=True)
class Look:
    """What files hold, and what follows."""

    said: list[str]
    """A line for each thing that was seen."""
    columns: list[Column]
    choices: list[Choice]


def said_of_files(lines: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What is said of each file, by its name; of many, the first ones and how many more."""
    for number, (name, said) in enumerate(lines.items()):
        if number == MOST:
            yield f"and {len(lines) - MOST:,} files more"
            return
        for line in said if len(lines) > 1 else said[:1]:
            yield f"{name}: {line}"
        if len(lines) == 1:
            yield from said[1:]


def where_from(files: Sequence[Path]) -> str:
    """Why a path is chosen."""
    return "the file that was looked at" if len(files) == 1 else f"its {len(files):,} files"


def said_of_splits(files: Sequence[Path]) -> str | None:
    """Which splits the names of some files speak of; None where they speak of none.

    Raises:
        ValueError: some do and others do not, or train has no file.
    """
    named = splits_of(files)
    if named is None:
        return None
    told = [
        f"{split} {' and '.join(path.name for path in files if named[path] == split)}"
        for split in SPLITS
        if split in named.values()
    ]
    cut = not_given({*named.values()})
    more = f"; {' and '.join(cut)} will be cut from train" if cut else ""
    return f"the files' names say it: {', '.join(told)}{more}"
