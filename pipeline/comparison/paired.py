"""Two sets of answers to the same questions -> how far apart they are, and whether by chance.

The answers come in units, documents or sentences, which are independent of each other while what
stands inside of one is not. A unit's statistics are sums over its answers (how many are right, how
many there are), and a figure is made of the sums of all units.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from pipeline.comparison.chance import DRAWS, generator_of, seed_of
from pipeline.resampling import Estimate, Resampling, interval_of, resampled_sums

UnitStatistics = Float[np.ndarray, "unit statistic"]
Figure = Callable[[Float[np.ndarray, "*sample statistic"]], Float[np.ndarray, "*sample"]]
"""Sums of statistics -> the figure, for each sample."""

COLUMNS_AT_ONCE = 600
COINS_AT_ONCE = 2**22
ROUNDING = 1e-12
"""Two figures that differ by less are the same."""


@dataclass(frozen=True)
class Paired:
    """The first's figure minus the second's, over the same units."""

    difference: Estimate
    """With the percentile interval of the paired bootstrap."""
    p: float
    """Of a difference as large or larger, either way, if it did not matter who answers."""
    effect: float
    """The difference in standard deviations of a single unit's: Cohen's d of pairs, d_z.

    That deviation is the bootstrap's standard error times the root of the units, of any figure. NaN
    where no unit differs."""
    units: int


def compare_paired(
    first: UnitStatistics, others: Sequence[UnitStatistics], figure: Figure, level: float
) -> list[Paired]:
    """Paired bootstrap and approximate randomisation of a figure (Dror et al. 2018, section 3.3).

    The first against each of the others. Units are drawn with replacement, the same ones of all
    (Efron 1979; Berg-Kirkpatrick et al. 2012, section 2); for p two sets change places in each unit
    by the toss of a coin (Noreen 1989).
    """
    whole = float(figure(first.sum(axis=0)))
    ours, *theirs = drawn_figures([first, *others], figure, level)
    found = []
    for other, drawn, p in zip(others, theirs, randomised_p(first, others, figure), strict=True):
        value = whole - float(figure(other.sum(axis=0)))
        spread = float(np.nanstd(ours - drawn)) * np.sqrt(len(first))
        interval = interval_of(ours - drawn, level)
        effect = value / spread if spread > ROUNDING else float("nan")
        found.append(Paired(Estimate(value, *interval), p, effect, len(first)))
    return found


def drawn_figures(
    subjects: Sequence[UnitStatistics], figure: Figure, level: float
) -> list[Float[np.ndarray, " sample"]]:
    """The figure of every subject in each resample, the same resamples for all."""
    resampling = Resampling(DRAWS, level, seed_of("paired bootstrap"))
    found: list[Float[np.ndarray, " sample"]] = []
    for part in _parts(subjects):
        sums = resampled_sums(np.concatenate(part, axis=1), resampling)
        found += [_quiet(figure, one) for one in np.split(sums, len(part), axis=1)]
    return found


def randomised_p(
    first: UnitStatistics, others: Sequence[UnitStatistics], figure: Figure
) -> list[float]:
    """(1 + draws at least as far apart) / (1 + draws), of both sides (Noreen 1989, section 3A.3).

    A draw that is as far apart but for rounding counts.
    """
    found: list[float] = []
    ours = first.sum(axis=0)
    for part in _parts(others):
        gaps = np.concatenate([first - other for other in part], axis=1)
        theirs = [other.sum(axis=0) for other in part]
        seen = [abs(float(figure(ours) - figure(other))) for other in theirs]
        far = np.zeros(len(part))
        for coins in _coins(len(first)):
            moved = np.split(coins @ gaps, len(part), axis=1)
            for i, (one, other) in enumerate(zip(moved, theirs, strict=True)):
                apart = np.abs(_quiet(figure, ours - one) - _quiet(figure, other + one))
                far[i] += (apart >= seen[i] - ROUNDING).sum()
        found += [float(p) for p in (1 + far) / (1 + DRAWS)]
    return found


def _parts(subjects: Sequence[UnitStatistics]) -> Iterator[Sequence[UnitStatistics]]:
    """As many at a time as a product of matrices has room for."""
    size = max(1, COLUMNS_AT_ONCE // subjects[0].shape[1]) if subjects else 1
    for start in range(0, len(subjects), size):
        yield subjects[start : start + size]


def _quiet(figure: Figure, sums: Float[np.ndarray, "sample statistic"]) -> np.ndarray:
    """The figure; NaN, without a word, in samples that have nothing of it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return figure(sums)


def _coins(units: int) -> Iterator[Float[np.ndarray, "draw unit"]]:
    """For every draw, 1 at the units that change places."""
    generator = generator_of("approximate randomisation")
    at_once = max(1, COINS_AT_ONCE // units)
    for start in range(0, DRAWS, at_once):
        size = min(at_once, DRAWS - start)
        yield generator.integers(2, size=(size, units), dtype=np.int8).astype(np.float64)
