"""Words and numbers -> lines of a terminal: aligned, at most 80 cells wide, nothing that acts."""

from collections.abc import Iterator, Sequence

import numpy as np
from rich.cells import cell_len, set_cell_size

WIDTH = 80
INDENT = "   "
GAP = "  "


def printable(text: str) -> str:
    r"""The text with every control and formatting character as an escape, such as \x1b."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def cut(text: str, width: int) -> str:
    """The printable text, at most `width` cells wide; three dots stand for the rest."""
    text = printable(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def number(value: float | np.floating) -> str:
    """Three digits, such as 0.12, -3.45, 12.3 and 400; no zero has a sign."""
    size = abs(float(value))
    if size < 0.005:
        return "0.00"
    if size < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if size < 99.95 else f"{value:.0f}" if size < 1e5 else f"{value:.0e}"


def signed(value: float | np.floating) -> str:
    """A number to be added: +0.12."""
    text = number(value)
    return text if text.startswith("-") else f"+{text}"


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1, gap: str = GAP
) -> Iterator[str]:
    """Aligned lines: the first `words` columns are text, the others numbers."""
    widths = [max(map(cell_len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [
            _padded(cell, width, is_left=place < words)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield (INDENT + gap.join(cells)).rstrip()


def rest(shown: int, all_of_them: int, what: str, where: str = "") -> Iterator[str]:
    """A line that says how many are not shown, where there are any."""
    if (left := all_of_them - shown) > 0:
        yield f"{INDENT}... and {left} more {what}{'s' * (left > 1)}{where}"


def _padded(cell: str, width: int, is_left: bool) -> str:
    fill = " " * (width - cell_len(cell))
    return cell + fill if is_left else fill + cell
