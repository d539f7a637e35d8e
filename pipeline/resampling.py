"""A figure of one sample of sentences, or of documents, becomes a figure with an interval."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

DRAWS_AT_ONCE = 2**20  # resamples are made in chunks: some 25 MB for up to a million units


@dataclass(frozen=True)
class Resampling:
    """How the intervals are made: resamples of what, at which level in (0, 1), from which seed."""

    samples: int
    level: float
    seed: int
    unit: Int[np.ndarray, " sentence"] | None = None
    """The number of each sentence's document, which is drawn as a whole; None: each sentence alone.

    Sentences of one document are not independent, no more than the words of a sentence."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval, in the figure's unit."""

    value: float
    low: float
    high: float


def resampled_sums(
    statistics: Float[np.ndarray, "unit statistic"], resampling: Resampling
) -> Float[np.ndarray, "sample statistic"]:
    """Column sums over as many units drawn with replacement as there are, many times.

    The resampling step of the bootstrap (Efron 1979). Documents or sentences are drawn, not words,
    because the words of one are not independent (the cluster bootstrap: Davison and Hinkley 1997,
    section 3.8). Each resample is a row of counts of how often each unit was drawn, so that all
    sums are one matrix product. The same seed and number of units draw the same resamples, whatever
    the statistics: figures of the same units are compared pair by pair.
    """
    units = len(statistics)
    generator = np.random.default_rng(resampling.seed)
    at_once = max(1, DRAWS_AT_ONCE // units)
    sums = np.empty((resampling.samples, statistics.shape[1]))
    for start in range(0, resampling.samples, at_once):
        rows = min(at_once, resampling.samples - start)
        drawn = generator.integers(units, size=(rows, units))
        drawn += units * np.arange(rows)[:, None]
        times_drawn = np.bincount(drawn.ravel(), minlength=rows * units)
        sums[start : start + rows] = times_drawn.reshape(rows, units) @ statistics
    return sums


def bootstrap_mean(
    values: Float[np.ndarray, "position"] | Bool[np.ndarray, "position"],
    sentence: Int[np.ndarray, "position"],
    resampling: Resampling,
) -> Estimate:
    """The mean over positions (accuracy, loss) and its percentile interval over units.

    Units without a position are not resampled. With a single one the interval is a point.

    Raises:
        ValueError: there are no positions.
    """
    number, units = renumbered(sentence, resampling)
    totals = np.bincount(number, weights=values, minlength=units)
    positions = np.bincount(number, minlength=units)
    sums = resampled_sums(np.stack([totals, positions], axis=1), resampling)
    low, high = interval_of(sums[:, 0] / sums[:, 1], resampling.level)
    return Estimate(float(np.mean(values, dtype=np.float64)), low, high)


def bootstrap_ratios(
    sums: Float[np.ndarray, "sentence figure"],
    positions: Int[np.ndarray, "sentence #figure"],
    sentence: Int[np.ndarray, "sentence"],
    resampling: Resampling,
) -> list[Estimate]:
    """Of each column, its sum over its positions' sum, and its percentile interval over units.

    All columns are of the same draws; a draw without any position of a column says nothing of it. A
    column without a position is NaN. `sentence` has the number of each row's sentence.

    Raises:
        ValueError: there are no positions at all.
    """
    has_some = positions.any(axis=1)
    number, units = renumbered(sentence[has_some], resampling)
    columns = np.column_stack([sums[has_some], positions[has_some]])
    of_unit = np.zeros((units, columns.shape[1]))
    np.add.at(of_unit, number, columns)
    figures = sums.shape[1]
    drawn = resampled_sums(of_unit, resampling)
    with np.errstate(invalid="ignore"):
        value, samples = (
            part[..., :figures] / part[..., figures:] for part in (of_unit.sum(axis=0), drawn)
        )
    return [
        Estimate(float(value[column]), *interval_of(samples[:, column], resampling.level))
        for column in range(figures)
    ]


def has_spread(sentence: Int[np.ndarray, "position"], resampling: Resampling) -> bool:
    """Whether there are two units or more; of one, all draws are the same, and say nothing."""
    return bool(sentence.size) and renumbered(sentence, resampling)[1] > 1


def renumbered(
    sentence: Int[np.ndarray, "position"], resampling: Resampling
) -> tuple[Int[np.ndarray, "position"], int]:
    """The number of each position's unit, without gaps, and how many units there are.

    Raises:
        ValueError: there are no positions.
    """
    if not sentence.size:
        raise ValueError("an interval needs at least one position, got none")
    unit = sentence if resampling.unit is None else resampling.unit[sentence]
    found, number = np.unique(unit, return_inverse=True)
    return number, len(found)


def interval_of(samples: Float[np.ndarray, "sample"], level: float) -> tuple[float, float]:
    """The percentile interval (Efron 1979; Efron and Tibshirani 1993, ch. 13) of what is known.

    NaN is not known; where nothing is, both ends are NaN.
    """
    known = samples[~np.isnan(samples)]
    if not known.size:
        return math.nan, math.nan
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
