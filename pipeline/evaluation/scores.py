"""Right and predicted classes become precision, recall, F1 and a confusion matrix."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

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


def class_scores(confusion: Int[np.ndarray, "actual predicted"]) -> ClassScores:
    """Precision, recall, F1 and support of each class."""
    return _scores(np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0))


def label_scores(
    gold: Bool[np.ndarray, "position"],
    predicted: Bool[np.ndarray, "position"],
    label: Int[np.ndarray, "position"],
    n_labels: int,
) -> ClassScores:
    """Precision, recall, F1 and support of finding each label, where several may hold."""
    counts = (np.bincount(label[which], minlength=n_labels)
              for which in (gold & predicted, gold, predicted))  # fmt: skip
    return _scores(*counts)


def _scores(
    true_positives: Int[np.ndarray, "class"],
    support: Int[np.ndarray, "class"],
    predicted: Int[np.ndarray, "class"],
) -> ClassScores:
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

    NaN where none occurs, as when no label holds in a sample.

    A class that is never right (support 0) has no F1 and is left out, even if it was predicted:
    scikit-learn's `f1_score(gold, predicted, labels=np.unique(gold), average="macro")`.
    """
    occurs = support > 0
    f1 = _share(2 * true_positives, support + predicted)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(occurs, f1, 0).sum(axis=-1) / occurs.sum(axis=-1))


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
    every = np.ones(len(gold), dtype=bool)
    return _bootstrap_f1(
        (gold, gold, predicted), (gold == predicted, every, every), sentence, n_classes, resampling
    )


def bootstrap_label_f1(
    gold: Bool[np.ndarray, "position"],
    predicted: Bool[np.ndarray, "position"],
    label: Int[np.ndarray, "position"],
    sentence: Int[np.ndarray, "position"],
    n_labels: int,
    resampling: Resampling,
) -> Estimate:
    """The mean F1 of finding each label that occurs, and its percentile interval over units.

    Raises:
        ValueError: there are no positions.
    """
    which = (gold & predicted, gold, predicted)
    return _bootstrap_f1((label, label, label), which, sentence, n_labels, resampling)


def _bootstrap_f1(
    classes: tuple[Int[np.ndarray, "position"], ...],
    counted: tuple[Bool[np.ndarray, "position"], ...],
    sentence: Int[np.ndarray, "position"],
    n_classes: int,
    resampling: Resampling,
) -> Estimate:
    """Of the classes of true positives, of support and of predictions, and where each counts."""
    number, units = renumbered(sentence, resampling)
    counts = [
        _class_counts(number[which], each[which], units, n_classes)
        for each, which in zip(classes, counted, strict=True)
    ]
    sums = resampled_sums(np.concatenate(counts, axis=1), resampling)
    samples = macro_f1(*np.split(sums, 3, axis=1))
    value = macro_f1(*(each.sum(axis=0, keepdims=True) for each in counts))
    return Estimate(float(value[0]), *interval_of(samples, resampling.level))


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
