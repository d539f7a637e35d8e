"""Rows of text -> a table: aligned, as wide as the terminal, plain when piped."""

import sys
from collections.abc import Sequence
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from pipeline.foreign import visible_name

PIPED_WIDTH = 400
"""Columns where there is no terminal: nothing is wrapped or cut."""

GAP = 3


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: int,
    least_needed: Sequence[str] = (),
) -> None:
    """Print rows under a header; the first `words` columns are text, the others numbers.

    A terminal too narrow for all columns goes without the least needed; a pipe gets them all.
    """
    is_terminal = sys.stdout.isatty()
    width = None if is_terminal else PIPED_WIDTH
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    rows = [[visible_name(cell) for cell in row] for row in rows]
    shown = fitting(header, rows, console.width, least_needed)
    table = Table(box=SIMPLE_HEAD if is_terminal else None, pad_edge=False)
    for place in shown:
        justify: Literal["left", "right"] = "left" if place < words else "right"
        table.add_column(header[place], justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    print("\n".join(lines).strip("\n"))


def fitting(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int, least_needed: Sequence[str]
) -> list[int]:
    """The places of the columns that fit into the width, the least needed left out first."""
    widths = [max(map(len, column)) + GAP for column in zip(header, *rows, strict=True)]
    shown = list(range(len(header)))
    for title in least_needed:
        if sum(widths[place] for place in shown) > width:
            shown.remove(header.index(title))
    return shown
