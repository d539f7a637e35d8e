"""Subjects -> everything that is told of them beside each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.comparison.code_diff import code_diff
from pipeline.comparison.comparing import FEW, Measured, measure
from pipeline.comparison.differences import Difference, RowChanges, find_differences, row_changes
from pipeline.comparison.examples import Changes, find_changes
from pipeline.comparison.matching import Match, match_heads
from pipeline.comparison.selection import Selected
from pipeline.comparison.settings import mixed
from pipeline.comparison.subjects import Subject
from pipeline.comparison.trails import where_they_part
from pipeline.comparison.verdict import verdicts

MOST_CLOSELY = 10
"""Others that are looked at closely, answer by answer and head by head: the first so many."""
MOST_PAIRS = 3
"""Others whose answers and heads the page has."""


@dataclass(frozen=True, eq=False)
class Closely:
    """The first subject beside one other."""

    other: Subject
    rows: tuple[RowChanges, ...] | None
    """None where a run does not know its rows."""
    diff: str | None
    """Of the code; None where this repository does not have both."""
    parting: str
    """Where two trainings part, in a sentence; "" where that is not known, or of groups."""
    changes: Changes | None
    """None where they were not asked the same."""
    heads: Match | str
    """Or why there is none."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """All of it."""

    subjects: tuple[Subject, ...]
    differences: tuple[Difference, ...]
    measured: Measured
    verdicts: tuple[str, ...]
    cautions: tuple[str, ...]
    """What is refused, what was left out, and what may mislead."""
    closely: tuple[Closely, ...]

    @property
    def first(self) -> Subject:
        """Whom the others are held against."""
        return self.subjects[0]


def compare(selected: Selected, root: Path) -> Comparison:
    """Compare the first subject with each of the others.

    Raises:
        ConnectionError: the store is away.
        FileNotFoundError: a run kept no answers.
        ValueError: a file is damaged.
    """
    subjects = selected.subjects
    differences, measured = find_differences(subjects), measure(subjects)
    claimed = verdicts(subjects, measured)
    refused = [said for footing in measured.footings for said in footing.said]
    cautions = [*refused, *mixed(subjects), *_limits(subjects), *selected.notes]
    return Comparison(
        subjects=subjects,
        differences=tuple(differences),
        measured=measured,
        verdicts=tuple(claimed),
        cautions=tuple(said for said in dict.fromkeys(cautions) if said not in claimed),
        closely=tuple(_look(subjects, measured, root)),
    )


def _limits(subjects: tuple[Subject, ...]) -> Iterator[str]:
    """What is not told of them, and why."""
    if not subjects[0].first.keeps_sentences:
        yield (
            f"{subjects[0].first.named} did not keep which documents its test sentences are of: "
            f"they are drawn one by one, so intervals may be too narrow; lengths and genres are "
            f"not known"
        )
    if len(subjects) > FEW:
        yield f"of more than {FEW}, the main figure alone is compared"
    if len(subjects) - 1 > MOST_CLOSELY:
        yield (
            f"of more than {MOST_CLOSELY} others, the first {MOST_CLOSELY} alone are looked at "
            f"closely: rows, code, trainings, changed answers, heads"
        )


def _look(subjects: tuple[Subject, ...], measured: Measured, root: Path) -> Iterator[Closely]:
    first = subjects[0]
    edges = first.first.record.params["evaluate"]["length_edges"]
    for other, footing in list(zip(subjects[1:], measured.footings, strict=True))[:MOST_CLOSELY]:
        found = row_changes(first.first, other.first)
        changes = None
        if footing.has_pairs:
            changes = find_changes(first, other, edges, measured.wording.class_name)
        yield Closely(
            other=other,
            rows=None if found is None else tuple(found),
            diff=code_diff(root, first.first, other.first),
            parting=where_they_part(first, other),
            changes=changes,
            heads=match_heads(first.first, other.first),
        )
