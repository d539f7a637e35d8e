"""Tables of a comparison -> the terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipeline.commands import say

if TYPE_CHECKING:
    from pipeline.comparison.tables import Table


def say_tables(tables: "Iterable[Table]") -> None:
    """Print each under its title, with its patch and its notes."""
    from pipeline.terminal.table import print_table

    for table in tables:
        say(f"\n{table.title}")
        if table.rows:
            print_table(table.header, table.rows, table.words, table.least_needed)
        for note in (*table.patch, *table.notes):
            say(note)
