"""A run's answers -> the figures that runs are compared by, as sums over documents or sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from pipeline.comparison.answers import Answers
from pipeline.comparison.paired import Figure, UnitStatistics
from pipeline.evaluation.scores import macro_f1
from pipeline.evaluation.span_scores import fates, span_counts, span_f1

Units = Int[np.ndarray, " position"]


@dataclass(frozen=True)
class Compared:
    """A figure, how it is told, and how it is made of sums over units."""

    name: str
    """As in metrics.json."""
    title: str
    unit: str
    """"points" are hundredths."""
    higher_is_better: bool
    statistics: Callable[[Answers, Units], UnitStatistics]
    of: Figure

    @property
    def scale(self) -> float:
        """What a difference is multiplied by to be told in the unit."""
        return 100.0 if self.unit == "points" else 1.0


def _ratio(sums: Float[np.ndarray, "*sample statistic"]) -> Float[np.ndarray, "*sample"]:
    return np.asarray(sums[..., 0] / sums[..., 1])


def _perplexity(sums: Float[np.ndarray, "*sample statistic"]) -> Float[np.ndarray, "*sample"]:
    return np.asarray(np.exp(_ratio(sums)))


def _macro_f1(sums: Float[np.ndarray, "*sample statistic"]) -> Float[np.ndarray, "*sample"]:
    return macro_f1(*np.split(np.atleast_2d(sums), 3, axis=-1)).reshape(sums.shape[:-1])


def _right(answers: Answers, units: Units) -> UnitStatistics:
    count = np.bincount(units)
    return np.stack([np.bincount(units, answers.is_correct), count], axis=1).astype(np.float64)


def _nats(answers: Answers, units: Units) -> UnitStatistics:
    """Of the positions whose right class the model knows."""
    known, size = np.isfinite(answers.loss), int(units.max(initial=-1)) + 1
    sums = np.bincount(units[known], answers.loss[known], minlength=size)
    return np.stack([sums, np.bincount(units[known], minlength=size)], axis=1)


def _by_class(answers: Answers, units: Units) -> UnitStatistics:
    """Of every class what is found, what there is, what was answered."""
    right = answers.is_correct
    counted = (
        (units[right], answers.gold[right]),
        (units, answers.gold),
        (units, answers.predicted),
    )
    size, n_classes = int(units.max(initial=-1)) + 1, len(answers.classes)
    counts = [
        np.bincount(unit * n_classes + number, minlength=size * n_classes)
        for unit, number in counted
    ]
    return np.concatenate([it.reshape(size, n_classes) for it in counts], axis=1).astype(np.float64)


def _of_spans(answers: Answers, units: Units) -> UnitStatistics:
    """How many spans are found, how many there are, how many were answered."""
    names = np.array(answers.classes, dtype=object)
    sentence, unit_of_sentence = np.unique(answers.sentence, return_index=True)
    found = fates(
        names[answers.gold].tolist(), names[answers.predicted].tolist(), answers.sentence,
        answers.classes,
    )  # fmt: skip
    unit = dict(zip(sentence.tolist(), units[unit_of_sentence].tolist(), strict=True))
    return span_counts(found, unit, int(units.max(initial=-1)) + 1)


FIGURES = (
    Compared("f1", "span F1", "points", True, _of_spans, span_f1),
    Compared("accuracy", "accuracy", "points", True, _right, _ratio),
    Compared("macro_f1", "macro-F1", "points", True, _by_class, _macro_f1),
    Compared("perplexity", "perplexity", "", False, _nats, _perplexity),
    Compared("loss", "loss", "nats", False, _nats, _ratio),
)
"""Those that can be made again from the answers alone, the first one the most told of."""
OTHER_CLASSES = {"exact", "f1"}
"""Figures of runs whose macro-F1 is not of the classes that are answered: not made again here."""


def figures_of(measured: Iterable[str], main: str) -> list[Compared]:
    """The figures that a run's evaluation measured, the main one first."""
    names = set(measured)
    known = [
        one
        for one in FIGURES
        if one.name in names and not (one.name == "macro_f1" and OTHER_CLASSES & names)
    ]
    return sorted(known, key=lambda one: one.name != main)
