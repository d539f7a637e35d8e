"""Texts -> what a line of a terminal has room for, with nothing in it that acts."""

import shutil
from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size

WIDTH = 80
INDENT = "   "


def terminal_width() -> int:
    """The cells of a line: as COLUMNS says, as the terminal is, WIDTH in a pipe or a log."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def printable(text: str) -> str:
    r"""The text with every control and formatting character as an escape, such as \x1b."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def cut(text: str, width: int) -> str:
    """The printable text, at most `width` cells wide; … stands for the rest."""
    return shortened(printable(text), width)


def shortened(text: str, width: int) -> str:
    """The text, at most `width` cells wide; … stands for the rest."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width else ""


def rest(shown: int, all_of_them: int, what: str, where: str = "") -> Iterator[str]:
    """A line that says how many are not shown, where there are any."""
    if (left := all_of_them - shown) > 0:
        yield f"{INDENT}... and {left} more {what}{'s' * (left > 1)}{where}"


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in lines of at most `width` cells, broken at spaces, all but the first indented."""
    start = " " * (len(text) - len(text.lstrip(" ")))
    line = start
    for word in text.split():
        longer = f"{line} {word}" if line.strip() else line + word
        if cell_len(longer) <= width or not line.strip():
            line = longer
        else:
            yield line
            line = f"{start}{INDENT}{word}"
    yield line
