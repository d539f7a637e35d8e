"""A group of runs -> the atlas of their heads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from pipeline.comparison.atlas.heads import HeadOfRun, heads_of_run
from pipeline.comparison.atlas.stability import LEAST, Stability, measure_stability
from pipeline.comparison.chance import generator_of
from pipeline.comparison.matching import Watched, watched_of
from pipeline.comparison.sentences import SHOWN
from pipeline.comparison.settings import mixed
from pipeline.comparison.subjects import Member, Subject
from pipeline.foreign import first_named
from pipeline.resampling import Estimate, interval_of
from pipeline.study.table import HeadRow, read_rows

LEVEL = 0.95
DRAWS = 1000
"""Of runs, for the interval of a rank correlation."""
NEEDED = f"an atlas needs two seeds at least, and {LEAST} for its intervals"


@dataclass(frozen=True)
class RoleOfGroup:
    """One role, over all runs."""

    role: str
    runs: int
    """How many runs have a head of it."""
    heads: int
    born: float | None
    """The median epoch of birth; None where none is known."""
    worth: float | None
    """The mean loss increase without one of its heads, in nats."""
    stability: float | None
    """The mean of its heads'; None where it is not defined."""


@dataclass(frozen=True, eq=False)
class Atlas:
    """The heads of all runs of a group."""

    subject: Subject
    watched: tuple[Watched, ...]
    heads: tuple[HeadOfRun, ...]
    """Run by run, layer by layer."""
    stability: Stability
    worth_and_stability: Estimate | None
    """Spearman's rank correlation over all heads, with an interval over runs; None where the heads
    are all alike in one of the two, or the runs are fewer than LEAST."""
    cautions: tuple[str, ...] = ()
    """Who was left out, and what may mislead."""

    @property
    def roles(self) -> list[RoleOfGroup]:
        """Those that more runs have come first."""
        names = dict.fromkeys(head.role for head in self.heads)
        found = [_role(name, [it for it in self.heads if it.role == name]) for name in names]
        return sorted(found, key=lambda it: (-it.runs, -it.heads, it.role))


def make_atlas(subject: Subject) -> Atlas:
    """Read what every run of the group kept of its heads.

    Raises:
        ConnectionError: the store cannot be used.
        ValueError: fewer than two runs of the group have heads and kept what these did, or its
            runs cannot be laid side by side.
    """
    if len(subject.members) < 2:
        raise ValueError(f"{subject.label} has one run: {NEEDED}")
    kept = [(member, watched_of(member)) for member in subject.members]
    known = {member: found for member, found in kept if found is not None}
    left_out = [member for member, found in kept if found is None]
    if len(known) < 2:
        have = "one run" if known else "no run"
        raise ValueError(f"{subject.label} has {have} with heads: {NEEDED}")
    subject, watched = Subject(subject.label, tuple(known)), tuple(known.values())
    _require_alike(subject, watched)
    stability = measure_stability([it.weights for it in watched], LEVEL)
    studied = map(_studied, subject.members)
    heads = [
        head
        for run, (rows, seen) in enumerate(zip(studied, watched, strict=True))
        for head in heads_of_run(run, rows, seen, stability.by_head[run])
    ]
    cautions = (*mixed([subject]), *_left_out(left_out))
    return Atlas(subject, watched, tuple(heads), stability, _worth_and_stability(heads), cautions)


def _left_out(members: Sequence[Member]) -> Iterator[str]:
    if members:
        names = first_named([member.named for member in members], SHOWN, between="; ")
        what = "1 run has" if len(members) == 1 else f"{len(members)} runs have"
        yield (
            f"{what} no heads, or kept nothing of their weights, and "
            f"{'is' if len(members) == 1 else 'are'} left out: {names}"
        )


def _require_alike(subject: Subject, watched: Sequence[Watched]) -> None:
    """Raise ValueError where the runs' heads cannot be laid side by side."""
    advice = "name a narrower group, such as 'n_heads=4 and n_layers=1'"
    if len({it.tokens for it in watched}) > 1:
        raise ValueError(
            f"the runs of {subject.label} were not watched on the same sentences: {advice}"
        )
    layers = sorted({tuple(it.weights[0].shape[:2]) for it in watched})
    if len(layers) > 1:
        have = " and ".join(f"{count} x {heads}" for count, heads in layers)
        raise ValueError(f"the runs of {subject.label} have {have} layers x heads: {advice}")


def _studied(member: Member) -> list[HeadRow]:
    path = member.heads_file
    if path is None:
        raise ValueError(f"{member.named} kept no study of its heads: choose an evaluated run")
    return read_rows(path)


def _role(name: str, heads: Sequence[HeadOfRun]) -> RoleOfGroup:
    born = [head.born for head in heads if head.born is not None]
    worth = [head.worth for head in heads if head.worth is not None]
    stability = [head.stability for head in heads if head.stability is not None]
    return RoleOfGroup(
        role=name,
        runs=len({head.run for head in heads}),
        heads=len(heads),
        born=float(np.median(born)) if born else None,
        worth=float(np.mean(worth)) if worth else None,
        stability=float(np.mean(stability)) if stability else None,
    )


def _worth_and_stability(heads: Sequence[HeadOfRun]) -> Estimate | None:
    runs: dict[int, list[tuple[float, float]]] = {}
    for head in heads:
        if head.worth is not None and head.stability is not None:
            runs.setdefault(head.run, []).append((head.worth, head.stability))
    groups = list(runs.values())
    whole = _spearman([pair for group in groups for pair in group])
    if len(groups) < LEAST or whole is None:
        return None
    drawn = generator_of("runs of a correlation").integers(len(groups), size=(DRAWS, len(groups)))
    found = np.array(list(_known(groups, drawn)))
    return Estimate(whole, *interval_of(found, LEVEL))


def _known(groups: Sequence[list[tuple[float, float]]], drawn: np.ndarray) -> Iterator[float]:
    for chosen in drawn:
        rho = _spearman([pair for number in chosen for pair in groups[number]])
        if rho is not None:
            yield rho


def _spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    worth, stability = zip(*pairs, strict=True) if pairs else ((), ())
    if len(set(worth)) < 2 or len(set(stability)) < 2:
        return None
    return float(stats.spearmanr(worth, stability).statistic)
