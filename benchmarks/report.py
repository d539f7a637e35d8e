"""What was measured becomes results.md, results.png and growth.png; same input, same bytes.

`python -m benchmarks.report FILE` draws them again from the file that `make bench` left, without
measuring anything.
"""

import json
import re
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from benchmarks.machine import Machine
from benchmarks.measure import Measured, MeasuredGroup, Side
from benchmarks.picture import Curve, draw_curves, draw_goals, number, ratio_text
from pipeline.files import whole_file

Cell = str | int | float | None
ABSENT = "-"
METHOD = (
    "In every round each contender does the same work once, in a process of its own, and the order "
    "turns from round to round so that a drift of the machine favours nobody; a round gives one "
    "ratio, Headway's figure over its peer's, and what stands below is the median of the rounds' "
    "ratios with their spread, lowest to highest."
)
GOALS_HEADER = ("comparison", "goal", "ratio (median)", "spread", "met?")
NUMERIC = re.compile(r"-|[\d.,]+( to [\d.,]+)?")


@dataclass(frozen=True)
class Table:
    """Rows under a header. A float is shown with three significant digits, None as a dash."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str


@dataclass(frozen=True)
class Results:
    """Everything that one `make bench` measured."""

    machine: Machine
    groups: tuple[MeasuredGroup, ...]
    curves: tuple[Curve, ...]
    """How cost grows; each is drawn, and its numbers become a table."""
    tables: tuple[Table, ...]
    """What of it is no curve."""

    @property
    def comparisons(self) -> list[Measured]:
        """Of all groups."""
        return [measured for group in self.groups for measured in group.comparisons]


def write_results(results: Results, path: Path) -> None:
    """Keep everything measured, so that the report can be drawn again."""
    data = TypeAdapter(Results).dump_python(results, mode="json")
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)  # lines keep their order
    with whole_file(path) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote.

    Raises:
        ValueError: it is missing or something else.
    """
    try:
        return TypeAdapter(Results).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} holds no results ({reason}): `make bench` writes them") from None


def write_report(results: Results, folder: Path) -> None:
    """Write results.md and its pictures into the folder."""
    if results.comparisons:
        draw_goals(folder / "results.png", results.comparisons)
    if results.curves:
        draw_curves(folder / "growth.png", results.curves)
    with whole_file(folder / "results.md") as beside:
        beside.write_text(results_text(results), encoding="utf-8")


def results_text(results: Results) -> str:
    """The report in Markdown."""
    parts = ["# Results of `make bench`", METHOD, *_warnings(results)]
    if results.comparisons:
        parts += ["## Goals", _summary(results.comparisons)]
        parts += ["![Ratios, their spread and their goals](results.png)"]
        parts += [markdown(GOALS_HEADER, [_goal_row(it) for it in results.comparisons])]
        parts += _notes(results.comparisons)
        parts += ["## What each contender did"]
        parts += ["These figures belong to this machine; only the ratios above are promised."]
    for group in results.groups:
        parts += [f"### {_inline(group.title)}", _contenders(group.sides)]
    if results.curves or results.tables:
        parts += ["## How cost grows"]
    if results.curves:
        parts += ["![How cost grows](growth.png)"]
    for table in (*map(table_of, results.curves), *results.tables):
        parts += [f"### {_inline(table.title)}", *([_inline(table.note)] if table.note else [])]
        parts += [markdown(table.header, table.rows)]
    parts += ["## The machine and the versions", _described(results.machine)]
    return "\n\n".join(parts) + "\n"


def table_of(curve: Curve) -> Table:
    """A curve's numbers, a row for each x."""
    lines = ([None if y is None else float(y) for y in ys] for ys in curve.lines.values())
    rows = zip(map(_whole, curve.x), *lines, strict=True)
    header = (curve.x_label, *curve.lines)
    return Table(f"{curve.title} ({curve.y_label})", header, tuple(rows), curve.note)


def markdown(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table whose columns line up in the source too; columns of numbers stand on the right."""
    cells = [[_inline(_shown(cell)) for cell in row] for row in (header, *rows)]
    columns = list(zip(*cells, strict=True))
    widths = [max(3, *map(len, column)) for column in columns]
    is_number = [all(map(NUMERIC.fullmatch, column[1:])) for column in columns]
    rule = [
        "-" * (width - 1) + ":" if right else "-" * width
        for width, right in zip(widths, is_number, strict=True)
    ]
    padded = [
        [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        ]
        for row in (cells[0], rule, *cells[1:])
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)


def _warnings(results: Results) -> list[str]:
    """What a reader must know before the first figure."""
    machine = results.machine
    found = [
        f"> **DOES NOT COUNT: {_inline(it.name)}.** {_inline(it.ours.name)}: "
        f"{_inline(it.objection)}."
        for it in results.comparisons
        if not it.counts
    ]
    if machine.is_busy:
        found.append(
            f"> **The machine was busy before the start:** load average {machine.load:.2f} on "
            f"{machine.processors} processors. The figures may have suffered."
        )
    return found


def _summary(comparisons: Sequence[Measured]) -> str:
    with_goal = [it for it in comparisons if it.goal is not None]
    met = sum(it.met for it in with_goal)
    void = sum(not it.counts for it in with_goal)
    return f"{met} of {len(with_goal)} goals are met" + (
        f"; {void} {'does' if void == 1 else 'do'} not count." if void else "."
    )


def _goal_row(measured: Measured) -> tuple[str, ...]:
    return (
        measured.name,
        "none" if measured.goal is None else str(measured.goal),
        ratio_text(measured),
        _span(measured.ratios),
        ABSENT if measured.verdict == "no goal" else measured.verdict,
    )


def _notes(comparisons: Sequence[Measured]) -> list[str]:
    notes = [f"- {_inline(it.name)}: {_inline(it.note)}" for it in comparisons if it.note]
    return ["\n".join(notes)] if notes else []


def _contenders(sides: Sequence[Side]) -> str:
    """A row each, with the columns that at least one of them has something for."""
    columns: dict[str, Callable[[Side], str]] = {
        "contender": lambda side: side.name,
        "tokens a second": lambda side: _median_of(side, "tokens"),
        "spread": lambda side: _spread_of(side, "tokens"),
        "seconds": lambda side: _median_of(side, "seconds"),
        "spread of seconds": lambda side: (
            ABSENT if _figures(side, "tokens") else _spread_of(side, "seconds")
        ),
        "peak memory, MiB": lambda side: _median_of(side, "peak_bytes"),
        "validation loss": lambda side: _score(side, "validation_loss"),
        "validation accuracy": lambda side: _score(side, "validation_accuracy"),
        "settings": lambda side: side.samples[-1].get("settings") or ABSENT,
    }
    cells = {name: [cell(side) for side in sides] for name, cell in columns.items()}
    shown = {name: column for name, column in cells.items() if set(column) != {ABSENT}}
    return markdown(tuple(shown), list(zip(*shown.values(), strict=True)))


def _figures(side: Side, figure: str) -> list[float]:
    """A figure of every round in the unit of its column; none where the contender has none."""
    if not all(figure in sample for sample in side.samples):
        return []
    if figure == "tokens":
        return side.quantities("tokens a second")
    unit = 2**20 if figure == "peak_bytes" else 1
    return [value / unit for value in side.each(figure)]


def _median_of(side: Side, figure: str) -> str:
    found = _figures(side, figure)
    return number(statistics.median(found)) if found else ABSENT


def _spread_of(side: Side, figure: str) -> str:
    found = _figures(side, figure)
    return _span(found) if found else ABSENT


def _score(side: Side, figure: str) -> str:
    """Losses and accuracies with three decimals."""
    found = _figures(side, figure)
    return f"{statistics.median(found):.3f}" if found else ABSENT


def _span(values: Sequence[float]) -> str:
    return f"{number(min(values))} to {number(max(values))}"


def _described(machine: Machine) -> str:
    rows = [
        ("processor", machine.processor),
        ("processors used", str(machine.processors)),
        ("vector instructions", machine.vector_width),
        ("memory", f"{number(machine.memory_gib)} GiB"),
        ("GPU", machine.gpu or "none"),
        ("system", machine.system),
        ("load average before the start", f"{machine.load:.2f}"),
        ("Python", machine.python),
        *machine.versions.items(),
    ]
    return markdown(("", ""), rows)


def _shown(cell: Cell) -> str:
    if cell is None:
        return ABSENT
    if isinstance(cell, float):
        return number(cell)
    return f"{cell:,}" if isinstance(cell, int) else cell


def _whole(value: float) -> float | int:
    """Counts such as 2,048 keep all their digits."""
    return int(value) if value == int(value) else value


def _inline(text: str) -> str:
    """On one line, and nothing in it is a table's border or a tag."""
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")


def main() -> None:
    """Draw the report again."""
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m benchmarks.report FILE [FOLDER]")
    folder = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent
    try:
        write_report(read_results(Path(sys.argv[1])), folder)
    except ValueError as error:
        sys.exit(str(error))
    print(f"wrote {folder / 'results.md'}")


if __name__ == "__main__":
    main()
