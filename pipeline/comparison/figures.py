"""A run's answers -> the figures that runs are compared by, as sums over documents or sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from pipeline.comparison.answers import Answers
from pipeline.comparison.paired import Figure, UnitStatistics
from pipeline.corpus.formats.span_tags import OUTSIDE, kind_of
from pipeline.evaluation.scores import macro_f1
from pipeline.evaluation.span_scores import Fate, Items, fates, span_counts, span_f1

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
    return _right_of(answers.is_correct, units)


def _right_of(is_right: np.ndarray, unit: np.ndarray) -> UnitStatistics:
    """How many are right in each unit, and how many there are."""
    return np.stack([np.bincount(unit, is_right), np.bincount(unit)], axis=1).astype(np.float64)


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
    return _counts(counted, len(answers.classes), units)


def _by_label(answers: Answers, units: Units) -> UnitStatistics:
    """The same of every label of several, each of which is a position of its sentence."""
    label = np.asarray(answers.table["word"], dtype=np.int64)
    holds, told = answers.gold == 1, answers.predicted == 1
    counted = [(units[which], label[which]) for which in (holds & told, holds, told)]
    return _counts(counted, int(label.max(initial=-1)) + 1, units)


def _by_kind(answers: Answers, units: Units) -> UnitStatistics:
    """The same of every kind of span."""
    kinds = sorted({kind_of(name) for name in answers.classes if name != OUTSIDE})
    items = Items.of(_fates(answers), kinds)
    unit = _unit_of_sentence(answers, units)[items.sentence]
    holds, told = items.gold, items.predicted
    counted = [(unit[which], items.kind[which]) for which in (holds & told, holds, told)]
    return _counts(counted, len(kinds), units)


def _counts(
    counted: Iterable[tuple[np.ndarray, np.ndarray]], n_classes: int, units: Units
) -> UnitStatistics:
    """How often each unit has each class, for all that is counted one beside the other."""
    size = int(units.max(initial=-1)) + 1
    counts = [
        np.bincount(unit * n_classes + number, minlength=size * n_classes)
        for unit, number in counted
    ]
    return np.concatenate([it.reshape(size, n_classes) for it in counts], axis=1).astype(np.float64)


def _exact(answers: Answers, units: Units) -> UnitStatistics:
    """How many sentences have nothing wrong, and how many there are."""
    wrong = np.bincount(answers.sentence, ~answers.is_correct)
    return _right_of(wrong == 0, _unit_of_sentence(answers, units))


def _of_spans(answers: Answers, units: Units) -> UnitStatistics:
    """How many spans are found, how many there are, how many were answered."""
    unit = dict(enumerate(_unit_of_sentence(answers, units).tolist()))
    return span_counts(_fates(answers), unit, int(units.max(initial=-1)) + 1)


def _fates(answers: Answers) -> list[Fate]:
    names = np.array(answers.classes, dtype=object)
    return fates(
        names[answers.gold].tolist(), names[answers.predicted].tolist(), answers.sentence,
        answers.classes,
    )  # fmt: skip


def _unit_of_sentence(answers: Answers, units: Units) -> Int[np.ndarray, " sentence"]:
    """The unit of each sentence, by the sentence's number."""
    return np.asarray(units[np.unique(answers.sentence, return_index=True)[1]])


FIGURES = (
    Compared("f1", "span F1", "points", True, _of_spans, span_f1),
    Compared("accuracy", "accuracy", "points", True, _right, _ratio),
    Compared("exact", "sentences without an error", "points", True, _exact, _ratio),
    Compared("macro_f1", "macro-F1", "points", True, _by_class, _macro_f1),
    Compared("perplexity", "perplexity", "", False, _nats, _perplexity),
    Compared("loss", "loss", "nats", False, _nats, _ratio),
)
"""Those that can be made again from the answers alone, the first one the most told of."""
OF_LOSS = frozenset(("perplexity", "loss"))
"""Those that are of the positions whose right class a run knows."""
MACRO_F1_OF = {"exact": _by_label, "f1": _by_kind}
"""What macro-F1 is the mean over where such a figure was measured, if not the classes answered."""


def figures_of(measured: Iterable[str], main: str) -> list[Compared]:
    """The figures that a run's evaluation measured, the main one first."""
    names = set(measured)
    over = next((of for name, of in MACRO_F1_OF.items() if name in names), _by_class)
    known = [
        replace(one, statistics=over) if one.name == "macro_f1" else one
        for one in FIGURES
        if one.name in names
    ]
    return sorted(known, key=lambda one: one.name != main)
