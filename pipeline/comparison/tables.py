"""A comparison -> tables of text, the same for a terminal and for Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.comparison.comparing import Beside, ByFigure, Measured
from pipeline.comparison.differences import Difference
from pipeline.comparison.figures import Compared
from pipeline.comparison.seeds import Summary
from pipeline.comparison.subjects import Subject
from pipeline.comparison.verdict import difference_text, p_text
from pipeline.numbers import ABSENT, DRAWS, digits, with_interval

BESIDE_EACH_OTHER = 4
"""Subjects that have a column each; more have a row each."""


@dataclass(frozen=True)
class Table:
    """Rows under a header, under a title."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...] = (0,)
    """The places of the columns that are text."""
    least_needed: tuple[str, ...] = ()
    """Columns that a narrow terminal goes without, in this order."""
    notes: tuple[str, ...] = ()


def difference_table(subjects: Sequence[Subject], found: Sequence[Difference]) -> Table:
    """What differs: a column for each subject, or a row for each where they are many."""
    title = "what differs"
    if not found:
        return Table("what differs: nothing that the runs kept", (), ())
    if len(subjects) <= BESIDE_EACH_OTHER:
        rows = tuple((one.kind, one.name, *one.texts()) for one in found)
        header = ("", "", *(subject.label for subject in subjects))
        return Table(title, header, rows, tuple(range(len(header))))
    names = tuple(one.name for one in found)
    rows = tuple(
        (subject.label, *(one.texts()[place] for one in found))
        for place, subject in enumerate(subjects)
    )
    return Table(title, ("", *names), rows, tuple(range(len(names) + 1)), names[::-1])


def figure_tables(subjects: Sequence[Subject], measured: Measured) -> Iterator[Table]:
    """One table for each figure, the main one first."""
    for by in measured.figures:
        yield _figure_table(subjects, by, measured)


def _figure_table(subjects: Sequence[Subject], by: ByFigure, measured: Measured) -> Table:
    figure = by.figure
    unit = f", {figure.unit}" if figure.unit else ""
    are_groups = any(one and one.runs > 1 for one in by.alone)
    grouped = any(one and one.grouped for one in by.beside)
    header = ["", "runs", figure.title]
    header += ["middle half"] if are_groups else []
    header += [f"difference{unit}", "p", "effect"] + (["chance better"] if grouped else [])
    rows = []
    for subject, alone, beside in zip(subjects, by.alone, (None, *by.beside), strict=True):
        cells = [subject.label, str(len(subject.members)), *_alone_cells(alone, are_groups)]
        rows.append((*cells, *_beside_cells(figure, beside, grouped)))
    return Table(
        f"{figure.title} on test", tuple(header), tuple(rows), (0,),
        ("effect", "middle half", "runs"), tuple(_figure_notes(by, subjects, measured, grouped)),
    )  # fmt: skip


def _alone_cells(alone: Summary | None, are_groups: bool) -> list[str]:
    if alone is None:
        return [ABSENT] * (1 + are_groups)
    shown = [alone.mean, alone.interquartile_mean][: 1 + are_groups]
    return [
        with_interval(one.value, one.low, one.high, DRAWS)
        if one.low < one.high
        else with_interval(one.value, None, None, None)
        for one in shown
    ]


def _beside_cells(figure: Compared, beside: Beside | None, grouped: bool) -> list[str]:
    if beside is None:
        return [""] * (3 + grouped)
    told = beside.told
    cells = [
        difference_text(figure, told.difference),
        p_text(beside.p_adjusted),
        digits(told.effect),
    ]
    if grouped:
        cells.append(f"{beside.grouped.improvement:.2f}" if beside.grouped else ABSENT)
    return cells


def _figure_notes(
    by: ByFigure, subjects: Sequence[Subject], measured: Measured, grouped: bool
) -> Iterator[str]:
    comparisons = sum(one is not None for one in by.beside)
    if not comparisons:
        return
    ours = subjects[0].label
    level = f"{100 * measured.level:g} % intervals"
    if grouped:
        yield (
            f"difference: {ours} minus the other; {level} of the stratified bootstrap over runs; p "
            f"of the permutation of runs; effect: Hedges' g; chance better: that a run of {ours} "
            f"is better than one of the other"
        )
    if any(one and one.paired and not one.grouped for one in by.beside):
        yield (
            f"difference: {ours} minus the other; {level} of the paired bootstrap over "
            f"{measured.units:,} {measured.unit}; p of approximate randomisation; effect: d_z"
        )
    if comparisons > 1:
        yield f"p: of {comparisons} comparisons, after Holm"
