"""A comparison -> tables of text, the same for a terminal and for Markdown."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.comparison.comparing import Beside, ByFigure, Measured
from pipeline.comparison.differences import Difference
from pipeline.comparison.examples import Changes
from pipeline.comparison.figures import Compared
from pipeline.comparison.matching import Match, Place
from pipeline.comparison.seeds import ENOUGH, Summary
from pipeline.comparison.subjects import SPLIT, Subject
from pipeline.comparison.verdict import MINUS, difference_text, p_text
from pipeline.numbers import ABSENT, DRAWS, digits, with_interval

BESIDE_EACH_OTHER = 4
"""Subjects that have a column each; more have a row each."""
SHOWN_EXAMPLES = 10


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
    patch: tuple[str, ...] = ()
    """Lines as git has them, to be shown as they are."""


def change_tables(first: Subject, other: Subject, changes: Changes) -> Iterator[Table]:
    """How many answers changed, by class, length and genre."""
    header = ("", "answers", f"{first.label} alone is right", f"{other.label} alone is right")
    for axis, parts in changes.by_axis.items():
        rows = [
            (part.name, f"{part.answers:,}", f"{part.lost:,}", f"{part.won:,}")
            for part in (*parts, changes.whole)
        ]
        yield Table(f"answers that changed, by {axis}", header, tuple(rows))


def example_table(first: Subject, other: Subject, changes: Changes) -> Table:
    """Those that changed most, both answers beside the right one."""
    shown = tuple(
        (it.form, it.gold, it.ours, it.theirs, digits(it.gap).replace("-", MINUS), it.sentence_id)
        for it in changes.examples[:SHOWN_EXAMPLES]
    )
    titles = ("", "right", first.label, other.label, "nats", "sentence")
    notes = [f"nats: the loss of {other.label} minus that of {first.label}"]
    if len(first.members) > 1 or len(other.members) > 1:
        notes.append("the answer of a group is that of most of its runs, its loss their mean")
    return Table(
        f"the {len(shown)} of {len(changes.examples):,} answers that changed most", titles, shown,
        (0, 1, 2, 3, 5), ("sentence",), tuple(notes),
    )  # fmt: skip


def head_table(first: Subject, other: Subject, found: Match) -> Table:
    """The heads in pairs, those most alike first."""
    rows = [
        (_place(it.ours), _place(it.theirs), digits(it.divergence), _next(it.nearest_else))
        for it in found.pairs
    ]
    rows += [(_place(it), ABSENT, ABSENT, ABSENT) for it in found.alone[0]]
    rows += [(ABSENT, _place(it), ABSENT, ABSENT) for it in found.alone[1]]
    header = (first.label, other.label, "apart", "next")
    notes = (
        f"heads are layer.head; apart: the mean Jensen-Shannon divergence of their weights on "
        f"{len(found.ours.tokens)} watched sentences, in nats: 0 is alike, 0.69 shares no word; "
        f"next: of the next nearest head of {other.label}",
        *_of_newest(first, other),
    )
    return Table("heads that do the same", header, tuple(rows), (0, 1), (), notes)


def _of_newest(*subjects: Subject) -> Iterator[str]:
    for subject in subjects:
        if len(subject.members) > 1:
            yield f"the heads of {subject.label} are those of its newest run, {subject.first.named}"


def _next(divergence: float | None) -> str:
    return ABSENT if divergence is None else digits(divergence)


def _place(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


def difference_table(
    subjects: Sequence[Subject], found: Sequence[Difference], most_files: int | None = None
) -> Table:
    """What differs: a column for each subject, or a row for each where they are many.

    Of the code's files no more than `most_files`.
    """
    title = "what differs"
    if not found:
        return Table("what differs: nothing that the runs kept", (), ())
    files = [one.name for one in found if one.kind == "code"]
    left_out = set(files[most_files:]) if most_files is not None else set()
    notes = (f"and {len(left_out):,} more files of the code",) if left_out else ()
    shown = [one for one in found if one.kind != "code" or one.name not in left_out]
    if len(subjects) <= BESIDE_EACH_OTHER:
        rows = tuple((one.kind, one.name, *one.texts()) for one in shown)
        header = ("", "", *(subject.label for subject in subjects))
        return Table(title, header, rows, tuple(range(len(header))), (), notes)
    names = tuple(one.name for one in shown)
    rows = tuple(
        (subject.label, *(one.texts()[place] for one in shown))
        for place, subject in enumerate(subjects)
    )
    return Table(title, ("", *names), rows, tuple(range(len(names) + 1)), names[::-1], notes)


def figure_tables(subjects: Sequence[Subject], measured: Measured) -> Iterator[Table]:
    """One table for each figure, the main one first; what their columns mean below the last."""
    for place, by in enumerate(measured.figures, start=1):
        yield _figure_table(subjects, by, measured, is_last=place == len(measured.figures))


def _figure_table(
    subjects: Sequence[Subject], by: ByFigure, measured: Measured, is_last: bool
) -> Table:
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
    notes = _figure_notes(by, subjects, measured, grouped) if is_last else ()
    return Table(
        f"{figure.title} on {SPLIT}", tuple(header), tuple(rows), (0,),
        ("effect", "middle half", "runs"), tuple(notes),
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
    apart = difference_text(figure, told.difference)
    # Where nothing differs, or one run stands alone, no spread is known to measure it by.
    effect = ABSENT if math.isnan(told.effect) else digits(told.effect).replace("-", MINUS)
    cells = [apart, p_text(beside.p_adjusted), effect]
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
        few = min(len(subject.members) for subject in subjects) < ENOUGH
        how = "of Student's t where a group has fewer than 4 runs, else " if few else ""
        yield (
            f"difference: {ours} minus the other; {level} {how}of the stratified bootstrap over "
            f"runs; p of the permutation of runs; effect: Hedges' g; chance better: that a run of "
            f"{ours} is better than one of the other"
        )
    if any(one and one.paired and not one.grouped for one in by.beside):
        yield (
            f"difference: {ours} minus the other; {level} of the paired bootstrap over "
            f"{measured.units:,} {measured.unit}; p of approximate randomisation; effect: d_z"
        )
    if comparisons > 1:
        yield f"every p is adjusted for {comparisons} comparisons (Holm)"
