"""Right and predicted classes become accuracy, precision, recall, F1 and a confusion matrix."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from pipeline.resampling import (
    Estimate,
    Resampling,
    interval_of,
    renumbered,
    resampled_sums,
)


@dataclass(frozen=True)
class ClassScores:
    """How well each class is found; all in [0, 1], 0 where nothing can be divided by.

    precision = tp / predicted, recall = tp / support, f1 = 2 tp / (predicted + support), with tp
    the positions of the class that are predicted as such (van Rijsbergen 1979, ch. 7).
    """

    precision: Float[np.ndarray, "class"]
    recall: Float[np.ndarray, "class"]
    f1: Float[np.ndarray, "class"]
    support: Int[np.ndarray, "class"]
    """Positions whose right class it is."""


def confusion_matrix(
    gold: Int[np.ndarray, "position"], predicted: Int[np.ndarray, "position"], n_classes: int
) -> Int[np.ndarray, "actual predicted"]:
    """How often each class (row) is taken for each class (column).

    Raises:
        ValueError: a class number is not in 0 .. n_classes - 1.
    """
    for name, numbers in (("gold", gold), ("predicted", predicted)):
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < n_classes:
            raise ValueError(
                f"{name} classes must lie in 0 to {n_classes - 1}, "
                f"got {numbers.min()} to {numbers.max()}"
            )
    pairs = gold.astype(np.int64) * n_classes + predicted
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


def accuracy(confusion: Int[np.ndarray, "actual predicted"]) -> float:
    """Share of positions that are right, in [0, 1].

    Raises:
        ValueError: there are no positions.
    """
    if not confusion.sum():
        raise ValueError("accuracy needs at least one position, got none")
    return float(np.trace(confusion) / confusion.sum())


def class_scores(confusion: Int[np.ndarray, "actual predicted"]) -> ClassScores:
    """Precision, recall, F1 and support of each class."""
    true_positives = np.diag(confusion)
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return ClassScores(
        precision=_share(true_positives, predicted),
        recall=_share(true_positives, support),
        f1=_share(2 * true_positives, support + predicted),
        support=support,
    )


def macro_f1(
    true_positives: Float[np.ndarray, "sample class"],
    support: Float[np.ndarray, "sample class"],
    predicted: Float[np.ndarray, "sample class"],
) -> Float[np.ndarray, "sample"]:
    """The mean F1 of the classes that occur, each class counting the same, for each sample.

    A class that is never right (support 0) has no F1 and is left out, even if it was predicted:
    scikit-learn's `f1_score(gold, predicted, labels=np.unique(gold), average="macro")`.
    """
    occurs = support > 0
    f1 = _share(2 * true_positives, support + predicted)
    return np.asarray(np.where(occurs, f1, 0).sum(axis=-1) / occurs.sum(axis=-1))


def macro_f1_of(confusion: Int[np.ndarray, "actual predicted"]) -> float:
    """The macro-F1 of one confusion matrix, by the same convention."""
    counts = (np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0))
    true_positives, support, predicted = (c.astype(np.float64)[None] for c in counts)
    return float(macro_f1(true_positives, support, predicted)[0])


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part / whole, and 0 where whole is 0."""
    shares = np.zeros(whole.shape)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def bootstrap_macro_f1(
    gold: Int[np.ndarray, "position"],
    predicted: Int[np.ndarray, "position"],
    sentence: Int[np.ndarray, "position"],
    n_classes: int,
    resampling: Resampling,
) -> Estimate:
    """Macro-F1 and its percentile interval over units.

    In each resample the classes that occur in it are averaged, as in the sample itself. Where
    classes are rare the resamples' median lies off the value, and so may the interval.

    Raises:
        ValueError: there are no positions.
    """
    number, units = renumbered(sentence, resampling)
    is_correct = gold == predicted
    counts = [
        _class_counts(number[is_correct], gold[is_correct], units, n_classes),
        _class_counts(number, gold, units, n_classes),
        _class_counts(number, predicted, units, n_classes),
    ]
    sums = resampled_sums(np.concatenate(counts, axis=1), resampling)
    samples = macro_f1(*np.split(sums, 3, axis=1))
    value = macro_f1(*(each.sum(axis=0, keepdims=True) for each in counts))
    return Estimate(float(value[0]), *interval_of(samples, resampling.confidence))


def _class_counts(
    unit: Int[np.ndarray, "position"],
    labels: Int[np.ndarray, "position"],
    units: int,
    n_classes: int,
) -> Float[np.ndarray, "unit class"]:
    """How often each class occurs in each unit."""
    pairs = unit * n_classes + labels
    counts = np.bincount(pairs, minlength=units * n_classes)
    return counts.reshape(units, n_classes).astype(np.float64)
