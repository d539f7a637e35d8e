"""A file of plain text -> its lines, paragraphs or the whole of it, each with its first line."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Literal

from pipeline.corpus.formats.characters import opened_text

Unit = Literal["line", "paragraph", "document"]
ENDS = "\r\n"


def read_units(path: Path, encoding: str, unit: Unit) -> Iterator[tuple[int, str]]:
    """The number of each unit's first line, from 1, and its text, without the line end behind it.

    Empty lines are lines without text; between paragraphs they count for nothing.

    Raises:
        ValueError: the file is packed and damaged.
    """
    with opened_text(path, encoding) as text:
        if unit == "document":
            yield 1, text.read()
        elif unit == "line":
            for number, line in enumerate(text, 1):
                yield number, line.rstrip(ENDS)
        else:
            for is_text, lines in groupby(enumerate(text, 1), lambda it: bool(it[1].strip())):
                if is_text:
                    found = list(lines)
                    yield found[0][0], "".join(line for _, line in found).rstrip(ENDS)
