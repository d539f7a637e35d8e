"""Groups of runs that differ by their seeds -> what can be said of all seeds (Agarwal et al. 2021).

A run's figure is one number; the runs of a group are its sample, and each group is a stratum of its
own: of each as many are drawn as it has.
"""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float
from scipy import stats

from pipeline.comparison.chance import DRAWS, generator_of
from pipeline.resampling import Estimate, interval_of

Scores = Float[np.ndarray, " _"]
LEAST = 2
"""Runs of a group, for anything to be said of others."""
ENOUGH = 4
"""Runs of a group for a bootstrap: of fewer there are too few ways to draw them."""
POWER = 0.8
MOST_SEEDS = 1000
"""Nobody is told to train more of them."""
QUARTER = 0.25


@dataclass(frozen=True)
class Summary:
    """One group by itself."""

    runs: int
    mean: Estimate
    interquartile_mean: Estimate
    """The mean of the middle half: of n runs, a quarter of them, rounded down, left out at each
    end."""
    deviation: float
    """The standard deviation of one run from another; NaN of one run."""


@dataclass(frozen=True)
class Grouped:
    """The first group beside the second."""

    difference: Estimate
    """Of the means."""
    interquartile: Estimate
    """Of the interquartile means."""
    p: float
    """Of a difference of the means as large or larger, either way, if groups were named by lot."""
    effect: float
    """Hedges' g: the difference in standard deviations of a run, without the bias of few."""
    improvement: float
    """The chance that a run of the first is better than one of the second, a tie half."""
    improvement_interval: tuple[float, float]
    """Too narrow where a group has fewer than ENOUGH runs."""


def summarise(scores: Scores, level: float) -> Summary:
    """Mean and interquartile mean with their bootstrap intervals; a point where it is one run."""
    drawn = scores[_drawn(len(scores), "group")]
    mean, middle = float(scores.mean()), float(interquartile_mean(scores))
    return Summary(
        runs=len(scores),
        mean=Estimate(mean, *_interval(drawn.mean(axis=1), mean, [scores], level)),
        interquartile_mean=Estimate(
            middle, *_interval(interquartile_mean(drawn), middle, [scores], level)
        ),
        deviation=float(scores.std(ddof=1)) if len(scores) > 1 else math.nan,
    )


def compare_groups(ours: Scores, theirs: Scores, higher_is_better: bool, level: float) -> Grouped:
    """Compare two groups of at least two runs each.

    Raises:
        ValueError: a group has a single run, which says nothing of other seeds.
    """
    if min(len(ours), len(theirs)) < LEAST:
        raise ValueError(f"expected {LEAST} runs a group at least, got {len(ours)}, {len(theirs)}")
    chosen = _drawn(len(ours), "first group"), _drawn(len(theirs), "second group")
    drawn = ours[chosen[0]], theirs[chosen[1]]
    groups = [ours, theirs]
    sign = 1 if higher_is_better else -1
    means = drawn[0].mean(axis=1) - drawn[1].mean(axis=1)
    middles = interquartile_mean(drawn[0]) - interquartile_mean(drawn[1])
    value = float(ours.mean() - theirs.mean())
    apart = float(interquartile_mean(ours) - interquartile_mean(theirs))
    better = _drawn_improvement(sign * ours, sign * theirs, chosen)
    return Grouped(
        difference=Estimate(value, *_interval(means, value, groups, level)),
        interquartile=Estimate(apart, *_interval(middles, apart, groups, level)),
        p=permuted_p(ours, theirs),
        effect=hedges_g(ours, theirs),
        improvement=improvement(sign * ours, sign * theirs),
        improvement_interval=interval_of(better, _widened(groups, level)),
    )


def interquartile_mean(
    scores: Float[np.ndarray, "*sample run"],
) -> Float[np.ndarray, "*sample"]:
    """The mean without the lowest and the highest quarter (Agarwal et al. 2021, section 4.3)."""
    return np.asarray(stats.trim_mean(scores, QUARTER, axis=-1))


def improvement(ours: Scores, theirs: Scores) -> float:
    """P(X > Y) + P(X = Y) / 2 over all pairs (Mann and Whitney 1947; Agarwal et al. 2021, 4.3)."""
    return float(_wins(ours, theirs).mean())


def _wins(ours: Scores, theirs: Scores) -> Float[np.ndarray, "run other"]:
    """1 where the first's run is better, 0.5 where they are the same."""
    return np.asarray((np.sign(ours[:, None] - theirs[None]) + 1) / 2)


def _drawn_improvement(
    ours: Scores, theirs: Scores, chosen: tuple[np.ndarray, np.ndarray]
) -> Float[np.ndarray, " sample"]:
    """The chance of improvement in each resample, of how often each run was drawn."""
    times = [_times(places, size) for places, size in zip(chosen, (len(ours), len(theirs)),
                                                          strict=True)]  # fmt: skip
    won = (times[0] @ _wins(ours, theirs) * times[1]).sum(axis=1)
    return np.asarray(won / (len(ours) * len(theirs)))


def _times(chosen: np.ndarray, size: int) -> Float[np.ndarray, "sample run"]:
    rows = chosen + size * np.arange(len(chosen))[:, None]
    counts = np.bincount(rows.ravel(), minlength=size * len(chosen))
    return counts.reshape(len(chosen), size).astype(np.float64)


def hedges_g(ours: Scores, theirs: Scores) -> float:
    """The difference over the pooled deviation, times 1 - 3 / (4 df - 1) (Hedges 1981)."""
    df = len(ours) + len(theirs) - 2
    squares = sum(float(((one - one.mean()) ** 2).sum()) for one in (ours, theirs))
    if not squares:
        return math.nan
    apart = float(ours.mean() - theirs.mean())
    return apart / math.sqrt(squares / df) * (1 - 3 / (4 * df - 1))


def permuted_p(ours: Scores, theirs: Scores) -> float:
    """The share of ways to name the groups that set the means as far apart or further.

    All ways where they are no more than the draws (Fisher 1935), else as many drawn, with the one
    that was seen among them (Phipson and Smyth 2010).
    """
    pooled, size = np.concatenate([ours, theirs]), len(ours)
    ways = math.comb(len(pooled), size)
    if ways <= DRAWS:
        chosen = np.array(list(combinations(range(len(pooled)), size)))
    else:
        shuffled = generator_of("permutation").random((DRAWS, len(pooled)))
        chosen = shuffled.argpartition(size, axis=1)[:, :size]
    first = pooled[chosen].sum(axis=1)
    apart = np.abs(first / size - (pooled.sum() - first) / (len(pooled) - size))
    far = int((apart >= abs(ours.mean() - theirs.mean()) - 1e-12).sum())
    return far / ways if ways <= DRAWS else (1 + far) / (1 + DRAWS)


def seeds_needed(ours: Scores, theirs: Scores, alpha: float) -> int | None:
    """Runs a group needs for a difference of this size to be claimed in 8 of 10 cases.

    By the power of the t-test of two groups of equal size (Cohen 1988, section 2.3), at the
    deviation seen; and so many that the permutation test can reach alpha. None: more than
    MOST_SEEDS, or there is no difference.
    """
    apart = abs(float(ours.mean() - theirs.mean()))
    deviation = math.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 2)
    if not apart:
        return None
    for runs in range(LEAST, MOST_SEEDS + 1):
        can_reach = 2 / math.comb(2 * runs, runs) < alpha
        if can_reach and (not deviation or _power(apart / deviation, runs, alpha) >= POWER):
            return runs
    return None


def _power(effect: float, runs: int, alpha: float) -> float:
    df, centre = 2 * runs - 2, effect * math.sqrt(runs / 2)
    edge = stats.t.ppf(1 - alpha / 2, df)
    return float(stats.nct.sf(edge, df, centre) + stats.nct.cdf(-edge, df, centre))


def _drawn(runs: int, stratum: str) -> np.ndarray:
    return generator_of(f"stratified bootstrap: {stratum}").integers(runs, size=(DRAWS, runs))


def _interval(
    drawn: Float[np.ndarray, " sample"], value: float, groups: list[Scores], level: float
) -> tuple[float, float]:
    """Of a mean, or a difference of means: percentiles, or Student's where runs are too few.

    An interquartile mean of so few is the mean.
    """
    least = min(map(len, groups))
    if LEAST <= least < ENOUGH:
        error, _, df = _errors(groups)
        reach = float(stats.t.ppf((1 + level) / 2, df)) * error if error else 0.0
        return value - reach, value + reach
    return interval_of(drawn, _widened(groups, level))


def _widened(groups: list[Scores], level: float) -> float:
    """The level whose percentiles are as wide as a t interval's, for samples as small as these.

    A bootstrap of n runs is too narrow, by sqrt((n - 1) / n) and by the normal's quantiles in place
    of Student's; so percentiles further out are taken (Hesterberg 2015, section 3.4.2).
    """
    if min(map(len, groups)) < LEAST:
        return level
    error, narrow, df = _errors(groups)
    if not error:
        return level
    reach = stats.t.ppf((1 + level) / 2, df) * error / narrow
    return float(1 - 2 * stats.norm.sf(reach))


def _errors(groups: list[Scores]) -> tuple[float, float, float]:
    """The standard error, the bootstrap's, and the degrees of freedom (Welch 1947).

    Of one group's mean, or of the difference of two.
    """
    parts = [float(one.var(ddof=1)) / len(one) for one in groups]
    pairs = list(zip(parts, map(len, groups), strict=True))
    narrow = sum(part * (runs - 1) / runs for part, runs in pairs)
    squares = sum(part**2 / (runs - 1) for part, runs in pairs)
    df = sum(parts) ** 2 / squares if squares else math.inf
    return math.sqrt(sum(parts)), math.sqrt(narrow), df
