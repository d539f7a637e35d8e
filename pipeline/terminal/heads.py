"""heads.json -> one line on each head, the headline measures side by side, and what they mean."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import EvidenceFiles
from pipeline.commands import say
from pipeline.numbers import ABSENT
from pipeline.terminal.lines import INDENT, terminal_width, wrapped
from pipeline.terminal.table import fitting, print_table

if TYPE_CHECKING:
    from pipeline.study.about import About
    from pipeline.study.table import HeadRow
    from pipeline.study.verdicts import Verdict

NEVER_LEFT_OUT = 2
"""Of the measures of heads, the most needed so many stand in the narrowest table."""
MOST = 16
"""Heads that are told of one by one, of more those that matter alone."""


def print_heads(file: Path) -> None:
    """What each head does, worth most first; then the headlines that the width has room for.

    Raises:
        ValueError: the file is missing or damaged.
    """
    from pipeline.evaluation.report import read_draws
    from pipeline.study.registry import headlines
    from pipeline.study.table import read_rows
    from pipeline.study.verdicts import head_verdicts, overall_line

    rows, draws = read_rows(file), read_draws(EvidenceFiles(file.parent).metrics)
    verdicts = head_verdicts(rows, draws)
    if not verdicts:
        say("this model has no attention (encoder.n_layers is 0): there are no heads")
        return
    width = terminal_width()
    told = [overall_line(rows, draws), *(one.line for one in _worth_telling(verdicts))]
    for line in filter(None, told):
        say("\n".join(wrapped(line, width)))
    if hidden := len(verdicts) - len(_worth_telling(verdicts)):
        say(f"{INDENT}... and {hidden} more, without which nothing gets measurably worse")
    say("")
    header = ["head", *map(_heading, headlines())]
    cells = [_cells(one, rows) for one in sorted(verdicts, key=lambda it: (it.layer, it.head))]
    shown = fitting(header, cells, width, _least_needed())
    print_table(
        [header[i] for i in shown], [[row[i] for i in shown] for row in cells], words=range(1)
    )
    say("\nAll figures are of the validation split.")
    for line in _meanings([headlines()[i - 1] for i in shown[1:]], rows, draws):
        say("\n".join(wrapped(line, width)))
    hidden = len(header) - len(shown)
    left = f"{hidden} more columns in a wider terminal; " * (hidden > 0)
    say("\n".join(wrapped(f"{left}every measure: the page heads.html, and heads.parquet", width)))


def _worth_telling(verdicts: Sequence["Verdict"]) -> Sequence["Verdict"]:
    if len(verdicts) <= MOST:
        return verdicts
    return [one for one in verdicts if one.matters is not False]


def _heading(about: "About") -> str:
    return about.headline.heading if about.headline else about.title


def _least_needed() -> list[str]:
    """Columns, the one that is left out first comes first."""
    from pipeline.study.registry import most_needed

    return [_heading(about) for about in most_needed()[: NEVER_LEFT_OUT - 1 : -1]]


def _cells(verdict: "Verdict", rows: Sequence["HeadRow"]) -> list[str]:
    """A head's name and its headlines."""
    from pipeline.study.registry import headlines

    place = verdict.layer, verdict.head
    value = {
        row.measure: row.value for row in rows if row.is_plain and (row.layer, row.head) == place
    }
    found = (value.get(about.name) for about in headlines())
    numbers = [ABSENT if one is None else f"{one:.3f}" for one in found]
    return [verdict.name.removeprefix("Head "), *numbers]


def _meanings(
    shown: Sequence["About"], rows: Sequence["HeadRow"], draws: int | None
) -> Iterator[str]:
    """What each column says and does not prove, and what its figures are beside."""
    from pipeline.study.interventions.beyond_nulls import beyond_text
    from pipeline.study.measures.syntax import FOLLOWS
    from pipeline.study.relations.followed import followed_line

    for about in shown:
        unit = f" ({about.unit})" * bool(about.unit)
        yield f"{_heading(about)}{unit}: {about.meaning} {about.caveat}"
        if beside := beyond_text(rows, about.name, draws):
            yield f"{INDENT}{beside}"
        if about == FOLLOWS and (told := followed_line(rows)):
            yield f"{INDENT}{told}"
