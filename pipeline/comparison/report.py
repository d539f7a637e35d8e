"""A comparison -> the tables that a person reads, Markdown, and JSON."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.comparison.comparing import Beside
from pipeline.comparison.comparison import MOST_CLOSELY, MOST_PAIRS, Closely, Comparison
from pipeline.comparison.matching import Match
from pipeline.comparison.subjects import Subject
from pipeline.comparison.tables import (
    Table,
    change_tables,
    difference_table,
    example_table,
    figure_tables,
    head_table,
)

ROWS_UNKNOWN = "rows: not known, a run kept no hashes of its rows"
MOST_FILES = 12
"""Of the code, that are named; JSON and the page have all."""
MARKS = re.compile(r"[\\`*|<&~]|(?<!\w)_|_(?!\w)")
"""A line within a word, as in n_heads, is none."""
MOST_LINES = 40
"""Of a difference of the code that is printed whole."""
ELSEWHERE = (
    f"not shown here beside several others: --json has those of the first {MOST_CLOSELY}, the page "
    f"(--html) those of the first {MOST_PAIRS}"
)


def tables_of(found: Comparison) -> Iterator[Table]:
    """What differs, the figures; then, of two subjects, changed answers and heads."""
    yield difference_table(found.subjects, found.differences, MOST_FILES)
    yield from _of_data_and_code(found)
    yield from figure_tables(found.subjects, found.measured)
    if len(found.subjects) == 2:
        (close,) = found.closely
        if close.changes:
            yield from change_tables(found.first, close.other, close.changes)
            yield example_table(found.first, close.other, close.changes)
        if isinstance(close.heads, Match):
            yield head_table(found.first, close.other, close.heads)
        else:
            yield Table(close.heads, (), ())
    elif found.closely:
        yield Table("answers that changed, and heads that do the same", (), (), notes=(ELSEWHERE,))


def as_markdown(found: Comparison) -> str:
    """For a paper's table or a pull request."""
    parts = ["\n".join(f"**{_escaped(said)}.**" for said in found.verdicts)]
    parts += [f"> {_escaped(said)}" for said in found.cautions]
    for table in tables_of(found):
        parts.append(f"### {_escaped(table.title)}")
        if table.rows:
            parts.append(_markdown_table(table))
        if table.patch:
            parts.append(_fenced(table.patch))
        parts += [f"*{_escaped(note)}*" for note in table.notes]
    return "\n\n".join(parts)


def to_json(found: Comparison) -> str:
    """All that is told; what is not known is null."""
    told = {
        "verdicts": found.verdicts,
        "cautions": found.cautions,
        "level": found.measured.level,
        "subjects": [_subject(subject) for subject in found.subjects],
        "differences": [
            {"kind": one.kind, "name": one.name, "values": one.values} for one in found.differences
        ],
        "figures": [
            {
                "name": by.figure.name,
                "alone": [None if it is None else asdict(it) for it in by.alone],
                "beside_first": [None if it is None else _beside(it) for it in by.beside],
            }
            for by in found.measured.figures
        ],
        "closely": [_close(one) for one in found.closely],
    }
    return json.dumps(_known(told), indent=1, ensure_ascii=False, allow_nan=False)


def _of_data_and_code(found: Comparison) -> Iterator[Table]:
    kinds = {one.kind for one in found.differences}
    for close in found.closely:
        beside = f"from {found.first.label} to {close.other.label}"
        if "data" in kinds:
            rows = [ROWS_UNKNOWN] if close.rows is None else [str(one) for one in close.rows]
            yield Table(f"data {beside}", (), (), notes=tuple(rows))
        if "code" in kinds:
            lines, notes = _shown_diff(close.diff)
            yield Table(f"code {beside}", (), (), notes=notes, patch=lines)
        if close.parting:
            yield Table(f"training {beside}", (), (), notes=(close.parting,))


def _shown_diff(diff: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Its lines, and what is said of those that are not shown."""
    if diff is None:
        return (), ("this repository does not have both commits, so only the files are named",)
    lines = tuple(diff.splitlines())
    rest = len(lines) - MOST_LINES
    return lines[:MOST_LINES], (f"... and {rest} more lines: --json has them",) if rest > 0 else ()


def _subject(subject: Subject) -> dict[str, Any]:
    runs = [{"id": it.run_id, "name": it.name, "seed": it.seed} for it in subject.members]
    return {"label": subject.label, "runs": runs}


def _beside(one: Beside) -> dict[str, Any]:
    return {
        "over_seeds": None if one.grouped is None else asdict(one.grouped),
        "over_examples": None if one.paired is None else asdict(one.paired),
        "p": one.p,
        "p_holm": one.p_adjusted,
        "seeds_needed": one.needed,
        "is_claimed": one.is_claimed,
    }


def _close(one: Closely) -> dict[str, Any]:
    changes, heads = one.changes, one.heads
    return {
        "other": one.other.label,
        "rows": None if one.rows is None else [asdict(it) for it in one.rows],
        "code": one.diff,
        "training": one.parting or None,
        "changed_answers": None
        if changes is None
        else {
            "by": {axis: [asdict(it) for it in parts] for axis, parts in changes.by_axis.items()},
            "examples": [asdict(it) for it in changes.examples],
        },
        "heads": heads
        if isinstance(heads, str)
        else {"pairs": [asdict(it) for it in heads.pairs], "alone": heads.alone},
    }


def _known(value: Any) -> Any:
    """The same, without numpy's kinds, and null for what is not a number."""
    if isinstance(value, Mapping):
        return {name: _known(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(inner) for inner in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _markdown_table(table: Table) -> str:
    rules = ["---" if place in table.words else "---:" for place in range(len(table.header))]
    lines = [table.header, rules, *table.rows]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _fenced(lines: Sequence[str]) -> str:
    """A block of code, whose fence is longer than any in it."""
    longest = max(map(len, re.findall("`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}diff", *lines, fence])


def _escaped(text: str) -> str:
    """Words, with what Markdown or HTML would take for a sign of theirs."""
    return MARKS.sub(r"\\\g<0>", text.replace("\n", " "))
