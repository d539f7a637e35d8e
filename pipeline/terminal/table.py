"""Rows of text -> a table: aligned, no wider than the terminal, plain when piped."""

import os
import shutil
import sys
from collections.abc import Container, Sequence

from rich.cells import cell_len

from pipeline.foreign import visible_name
from pipeline.terminal.lines import INDENT, shortened

Rows = Sequence[Sequence[str]]

FIRST = range(1)
GAP = "  "
TERMINAL_INDENT, TERMINAL_GAP = " ", "   "
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def table_lines(
    header: Sequence[str],
    rows: Rows,
    words: Container[int] = FIRST,
    indent: str = INDENT,
    gap: str = GAP,
) -> list[str]:
    """Aligned lines, the header first; columns at the places `words` are text, the others numbers.

    Widths are counted in cells of a terminal; what would steer one is written out.
    """
    cells = [[visible_name(cell) for cell in row] for row in (header, *rows)]
    widths = _widths(cells)
    lines = []
    for row in cells:
        padded = [
            _padded(cell, width, is_left=place in words)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + gap.join(padded)).rstrip())
    return lines


def print_table(
    header: Sequence[str],
    rows: Rows,
    words: Container[int],
    least_needed: Sequence[str] = (),
) -> None:
    """Print rows under a header; the columns at the places `words` are text, the others numbers.

    A terminal too narrow for all columns goes without the least needed, and cuts what is still too
    long; a pipe gets them all.
    """
    if not sys.stdout.isatty():
        print("\n".join(table_lines(header, rows, words, indent="")))
        return
    width = shutil.get_terminal_size().columns
    rows = [[visible_name(cell) for cell in row] for row in rows]
    shown = fitting(header, rows, width, least_needed)
    head, *cells = _cut([[row[place] for place in shown] for row in (header, *rows)], width)
    texts = {place for place, column in enumerate(shown) if column in words}
    first, *rest = table_lines(head, cells, texts, TERMINAL_INDENT, TERMINAL_GAP)
    bold, plain = ("", "") if os.environ.get("TERM") in ("dumb", "unknown") else (BOLD, PLAIN)
    rule = TERMINAL_INDENT + _dash() * (_total(_widths([head, *cells])) - len(TERMINAL_INDENT))
    print("\n".join([f"{bold}{first}{plain}", rule, *rest]))


def fitting(
    header: Sequence[str], rows: Rows, width: int, least_needed: Sequence[str]
) -> list[int]:
    """The places of the columns that fit into the width, the least needed left out first."""
    widths = [cells + len(TERMINAL_GAP) for cells in _widths([header, *rows])]
    shown = list(range(len(header)))
    for title in least_needed:
        if sum(widths[place] for place in shown) > width:
            shown.remove(header.index(title))
    return shown


def _cut(rows: Rows, width: int) -> list[list[str]]:
    """The rows, the widest columns cut until a line, a free cell at each end, fits into the width.

    Nothing is cut below one cell: a width that has not even that is not kept to.
    """
    widths = _widths(rows)
    while _total(widths) + len(TERMINAL_INDENT) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return [[shortened(cell, most) for cell, most in zip(row, widths, strict=True)] for row in rows]


def _widths(rows: Rows) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(*rows, strict=True)]


def _total(widths: Sequence[int]) -> int:
    """Cells of a line in a terminal, from its left edge."""
    return len(TERMINAL_INDENT) + sum(widths) + len(TERMINAL_GAP) * (len(widths) - 1)


def _dash() -> str:
    """What a rule is drawn of."""
    encoding = sys.stdout.encoding or "utf-8"
    return "─" if encoding.lower().startswith("utf") else "-"


def _padded(cell: str, width: int, is_left: bool) -> str:
    fill = " " * (width - cell_len(cell))
    return cell + fill if is_left else fill + cell
