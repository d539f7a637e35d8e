"""Subjects -> each of them by itself, and the first beside each of the others, figure by figure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from pipeline.comparison.figures import OF_LOSS, Compared, figures_of
from pipeline.comparison.footing import Footing, find_footing
from pipeline.comparison.holm import holm
from pipeline.comparison.paired import Paired, UnitStatistics, compare_paired
from pipeline.comparison.seeds import (
    LEAST,
    Grouped,
    Summary,
    compare_groups,
    seeds_needed,
    summarise,
)
from pipeline.comparison.subjects import SPLIT, Member, Subject, share_classes
from pipeline.recording.metric_names import interval_of, of_split
from pipeline.resampling import Estimate
from pipeline.wording import Wording, wording_told

FEW = 20
"""Subjects, of more of which only the main figure is compared."""


@dataclass(frozen=True, eq=False)
class Beside:
    """The first subject beside another, by one figure."""

    paired: Paired | None
    """Over the same documents or sentences; None where they have no pairs."""
    grouped: Grouped | None
    """Over seeds; None where one of them is a single run."""
    p: float
    """Of the seeds where there are some on both sides, else of the documents or sentences."""
    p_adjusted: float
    """The same, of as many comparisons as are made of this figure (Holm 1979)."""
    needed: int | None
    """Seeds for a difference of this size to be claimed; None where it is, or none would do."""
    is_claimed: bool

    @property
    def told(self) -> Paired | Grouped:
        """What the claim rests on."""
        found = self.grouped or self.paired
        assert found is not None
        return found


@dataclass(frozen=True, eq=False)
class ByFigure:
    """All subjects by one figure."""

    figure: Compared
    alone: tuple[Summary | None, ...]
    """Each subject by itself; None where its figures may not stand beside the first's."""
    beside: tuple[Beside | None, ...]
    """The first beside each of the others; None where that is refused."""


@dataclass(frozen=True, eq=False)
class Measured:
    """All figures, and on what they stand."""

    figures: tuple[ByFigure, ...]
    footings: tuple[Footing, ...]
    level: float
    units: int
    """Documents, or sentences where no document is known; 0 where nothing is paired."""
    unit: str
    positions: int
    wording: Wording


def measure(subjects: Sequence[Subject]) -> Measured:
    """Compare the first with each of the others, as far as that makes sense.

    Raises:
        FileNotFoundError: a run kept no answers.
        ValueError: a file is damaged.
    """
    first, wording = subjects[0], wording_of_run(subjects[0].first)
    level = float(first.first.params.get("evaluate.interval_level", 0.95))
    footings = [find_footing(first, other) for other in subjects[1:]]
    others = zip(subjects[1:], footings, strict=True)
    stand = [first, *(subject for subject, footing in others if footing.has_figures)]
    share_classes([member for subject in stand for member in subject.members])
    asked, answers = first.first.asked, first.first.answers
    units = asked.units_of(answers)
    main = next(iter(wording.baselines.values())).figure
    shared = set(first.first.measured).intersection(*(it.first.measured for it in stand[1:]))
    if not all(footing.has_losses for footing in footings):
        shared -= OF_LOSS
    are_refused = not any(footing.has_figures for footing in footings)
    figures = [] if are_refused else figures_of(shared, main)
    if len(subjects) > FEW:
        figures = figures[:1]
    return Measured(
        figures=tuple(_by_figure(one, subjects, footings, units, level) for one in figures),
        footings=tuple(footings),
        level=level,
        units=int(units.max(initial=-1)) + 1,
        unit="documents" if asked.knows_documents else "sentences",
        positions=len(answers),
        wording=wording,
    )


def wording_of_run(member: Member) -> Wording:
    """How what the run was asked is spoken of.

    Raises:
        ValueError: it kept no record.
    """
    if not member.record.parts:
        raise ValueError(
            f"{member.named} kept no record of what it was made from: choose a run that "
            f"`dvc repro` or `headway record` made"
        )
    try:
        return wording_told(member.record.params.get("objective", {}))
    except ValueError as error:
        raise ValueError(
            f"the record of {member.named} is of a version that this one cannot compare ({error}): "
            f"check out its commit, {member.record.commit[:8]}, and compare there"
        ) from None


def _by_figure(
    figure: Compared,
    subjects: Sequence[Subject],
    footings: Sequence[Footing],
    units: np.ndarray,
    level: float,
) -> ByFigure:
    stands = [True, *(footing.has_figures for footing in footings)]
    scores = [
        _scores(figure, subject) if stand else None
        for subject, stand in zip(subjects, stands, strict=True)
    ]
    paired = _paired(figure, subjects, footings, units, level)
    ours = scores[0]
    assert ours is not None
    grouped = [
        compare_groups(ours, theirs, figure.higher_is_better, level)
        if theirs is not None and min(len(ours), len(theirs)) >= LEAST
        else None
        for theirs in scores[1:]
    ]
    told = [group or pair for group, pair in zip(grouped, paired, strict=True)]
    adjusted = iter(holm([one.p for one in told if one]))
    alpha = (1 - level) / max(1, sum(one is not None for one in told))
    beside = [
        None if one is None else _beside(pair, group, next(adjusted), (ours, theirs), level, alpha)
        for one, pair, group, theirs in zip(told, paired, grouped, scores[1:], strict=True)
    ]
    alone = [
        None if one is None else _alone(figure, subject, one, level)
        for subject, one in zip(subjects, scores, strict=True)
    ]
    return ByFigure(figure, tuple(alone), tuple(beside))


def _alone(figure: Compared, subject: Subject, scores: np.ndarray, level: float) -> Summary:
    """Of a single run, the interval over documents or sentences that its evaluation drew."""
    found = summarise(scores, level)
    low, high = map(subject.first.metrics.get, interval_of(of_split(SPLIT, figure.name)))
    if len(scores) > 1 or low is None or high is None:
        return found
    return replace(found, mean=Estimate(found.mean.value, low, high))


def _beside(
    pair: Paired | None,
    group: Grouped | None,
    adjusted: float,
    scores: tuple[np.ndarray, np.ndarray | None],
    level: float,
    alpha: float,
) -> Beside:
    told = group or pair
    assert told is not None
    low, high = told.difference.low, told.difference.high
    is_claimed = adjusted < 1 - level and not low <= 0 <= high
    needed = None
    if group and scores[1] is not None and not is_claimed:
        needed = seeds_needed(scores[0], scores[1], alpha)
        if needed is not None:  # with as many as there are it was not shown
            needed = max(needed, 1 + min(map(len, (scores[0], scores[1]))))
    return Beside(pair, group, told.p, adjusted, needed, is_claimed)


def _scores(figure: Compared, subject: Subject) -> Float[np.ndarray, " run"]:
    """The figure of every run, of all its answers."""
    found = []
    for member in subject.members:
        together = np.zeros(len(member.answers), dtype=np.int64)
        found.append(float(figure.of(figure.statistics(member.answers, together).sum(axis=0))))
    return np.array(found)


def _paired(
    figure: Compared,
    subjects: Sequence[Subject],
    footings: Sequence[Footing],
    units: np.ndarray,
    level: float,
) -> list[Paired | None]:
    """The first beside each that answered the same; of a group the mean of its runs' sums."""
    places = [i for i, footing in enumerate(footings, start=1) if footing.has_pairs]
    if not places:
        return [None] * len(footings)
    ours = _statistics(figure, subjects[0], units)
    theirs = [_statistics(figure, subjects[place], units) for place in places]
    found = dict(zip(places, compare_paired(ours, theirs, figure.of, level), strict=True))
    return [found.get(place) for place in range(1, len(subjects))]


def _statistics(figure: Compared, subject: Subject, units: np.ndarray) -> UnitStatistics:
    found = [figure.statistics(member.answers, units) for member in subject.members]
    return np.asarray(np.mean(found, axis=0))
