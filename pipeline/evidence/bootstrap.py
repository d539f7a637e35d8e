"""A figure of one sample of sentences becomes a figure with an interval."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.evidence import scores

DRAWS_AT_ONCE = 2**20  # resamples are made in chunks: some 25 MB, however many sentences there are


@dataclass(frozen=True)
class Resampling:
    """How the intervals are made: how many resamples, at which level, from which seed."""

    samples: int
    confidence: float
    seed: int


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval, in the figure's unit."""

    value: float
    low: float
    high: float


def resampled_sums(
    statistics: Float[np.ndarray, "sentence statistic"], resampling: Resampling
) -> Float[np.ndarray, "sample statistic"]:
    """Column sums over as many sentences drawn with replacement as there are, many times.

    The resampling step of the bootstrap (Efron 1979). Sentences are drawn, not words, because the
    words of one sentence are not independent. Each resample is a row of counts of how often each
    sentence was drawn, so that all sums are one matrix product. The same seed and number of
    sentences draw the same resamples, whatever the statistics.
    """
    sentences = len(statistics)
    generator = np.random.default_rng(resampling.seed)
    at_once = max(1, DRAWS_AT_ONCE // sentences)
    sums = np.empty((resampling.samples, statistics.shape[1]))
    for start in range(0, resampling.samples, at_once):
        rows = min(at_once, resampling.samples - start)
        drawn = generator.integers(sentences, size=(rows, sentences))
        drawn += sentences * np.arange(rows)[:, None]
        times_drawn = np.bincount(drawn.ravel(), minlength=rows * sentences)
        sums[start : start + rows] = times_drawn.reshape(rows, sentences) @ statistics
    return sums


def bootstrap_mean(
    values: Float[np.ndarray, "position"] | Bool[np.ndarray, "position"],
    sentence: Int[np.ndarray, "position"],
    resampling: Resampling,
) -> Estimate:
    """The mean over positions (accuracy, loss) and its percentile interval over sentences.

    Sentences without a position are not resampled. With a single sentence the interval is a point.

    Raises:
        ValueError: there are no positions.
    """
    number, sentences = _renumbered(sentence)
    totals = np.bincount(number, weights=values, minlength=sentences)
    positions = np.bincount(number, minlength=sentences)
    sums = resampled_sums(np.stack([totals, positions], axis=1), resampling)
    low, high = _percentiles(sums[:, 0] / sums[:, 1], resampling.confidence)
    return Estimate(float(np.mean(values, dtype=np.float64)), low, high)


def bootstrap_macro_f1(
    gold: Int[np.ndarray, "position"],
    predicted: Int[np.ndarray, "position"],
    sentence: Int[np.ndarray, "position"],
    n_classes: int,
    resampling: Resampling,
) -> Estimate:
    """Macro-F1 and its percentile interval over sentences.

    In each resample the classes that occur in it are averaged, as in the sample itself. Where
    classes are rare the resamples' median lies off the value, and so may the interval.

    Raises:
        ValueError: there are no positions.
    """
    number, sentences = _renumbered(sentence)
    is_correct = gold == predicted
    counts = [
        _class_counts(number[is_correct], gold[is_correct], sentences, n_classes),
        _class_counts(number, gold, sentences, n_classes),
        _class_counts(number, predicted, sentences, n_classes),
    ]
    sums = resampled_sums(np.concatenate(counts, axis=1), resampling)
    samples = scores.macro_f1(*np.split(sums, 3, axis=1))
    value = scores.macro_f1(*(each.sum(axis=0, keepdims=True) for each in counts))
    return Estimate(float(value[0]), *_percentiles(samples, resampling.confidence))


def _class_counts(
    sentence: Int[np.ndarray, "position"],
    labels: Int[np.ndarray, "position"],
    sentences: int,
    n_classes: int,
) -> Float[np.ndarray, "sentence class"]:
    """How often each class occurs in each sentence."""
    pairs = sentence * n_classes + labels
    counts = np.bincount(pairs, minlength=sentences * n_classes)
    return counts.reshape(sentences, n_classes).astype(np.float64)


def _renumbered(sentence: Int[np.ndarray, "position"]) -> tuple[Int[np.ndarray, "position"], int]:
    """Sentence numbers without gaps, and how many there are."""
    if not sentence.size:
        raise ValueError("an interval needs at least one position, got none")
    found, number = np.unique(sentence, return_inverse=True)
    return number, len(found)


def _percentiles(samples: Float[np.ndarray, "sample"], confidence: float) -> tuple[float, float]:
    """The percentile interval (Efron 1979; Efron and Tibshirani 1993, ch. 13)."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(low), float(high)
