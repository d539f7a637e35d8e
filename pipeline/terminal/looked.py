"""What was seen of a person's file, and what follows -> lines and a table."""

from collections.abc import Iterator

from pipeline.commands import say
from pipeline.corpus.looking.columns import Column
from pipeline.corpus.looking.seen import Look
from pipeline.terminal.table import print_table

HEADER = ("column", "filled", "different", "words", "longest", "holds", "most frequent")
SHOWN = 3
"""Values of a column, and scripts, that are named."""
LETTERS = 20
"""Of each value, so many."""


def print_look(look: Look) -> None:
    """Print what a file holds, column by column, what is unusual in it, and what is chosen."""
    for line in look.said:
        say(line)
    say("")
    print_table(HEADER, [_cells(column) for column in look.columns], words=(0, 5, 6))
    for column in look.columns:
        for what, count in column.noticed.most_common():
            say(f"{column.name}: {what}: {count:,} rows; kept as it is")
    say("")
    for choice in look.choices:
        value = "null" if choice.value is None else choice.value
        say(f"{choice.name}: {value}   ({choice.why})")


def _cells(column: Column) -> list[str]:
    different = f"{len(column.values):,}{'' if column.is_counted else ' or more'}"
    return [
        column.name,
        f"{column.filled:,}",
        different,
        f"{column.mean_words:.1f}",
        f"{column.longest:,}",
        _held(column),
        "; ".join(_frequent(column)),
    ]


def _held(column: Column) -> str:
    """Such as "text (Latin, Han)"."""
    scripts = ", ".join(list(column.scripts)[:SHOWN])
    return (" and ".join(column.kinds) or "nothing") + (f" ({scripts})" if scripts else "")


def _frequent(column: Column) -> Iterator[str]:
    """Values that come more than once, with how often."""
    for value, count in column.values.most_common(SHOWN):
        if count > 1:
            short = value if len(value) <= LETTERS else f"{value[: LETTERS - 1]}…"
            yield f"{short!r} {count:,}"
