"""A text file -> its lines, each of which knows its place, and the blocks between empty lines."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.corpus.formats.characters import opened_bytes

SHOWN = 60
"""Characters of a line that an error shows."""
NO_UTF8 = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of a byte that is no UTF-8; UTF-8 itself cannot spell it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: enough to read it, and to point at it."""

    path: Path
    number: int
    text: str

    def fault(self, what: str) -> ValueError:
        """The error that points here."""
        text = self.text if len(self.text) <= SHOWN else f"{self.text[:SHOWN]}..."
        return ValueError(f"{self.path.name}, line {self.number}: {what}: {text}")


def blocks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The runs of lines between empty lines, each a sentence."""
    block: list[Line] = []
    for line in lines:
        if line.text.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def read_lines(path: Path) -> Iterator[Line]:
    """The lines, numbered from 1, without their ends and without a byte order mark.

    Files that were joined have one at the start of each.
    """
    with opened_bytes(path) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline=None)
        for number, found in enumerate(lines, 1):
            text = found.removesuffix("\n")
            if not text.isascii() and (wrong := NO_UTF8.search(text)):
                before = text[: wrong.start()].encode("utf-8", "surrogateescape")
                raise ValueError(
                    f"{path.name}, line {number}: expected UTF-8 text, found byte "
                    f"0x{ord(wrong[0]) - 0xDC00:02x} at place {len(before) + 1}: "
                    f"save the file as UTF-8"
                )
            yield Line(path, number, text.removeprefix("\ufeff"))
