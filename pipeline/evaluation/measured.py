"""What is measured of a model on one split, whatever it was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from pipeline.evaluation.breakdown import GroupAccuracy
from pipeline.evaluation.calibration import Reliability
from pipeline.evaluation.predictions import Predictions
from pipeline.evaluation.scores import ClassScores
from pipeline.resampling import Estimate, Resampling, bootstrap_mean


@dataclass(frozen=True)
class Drawn:
    """What the intervals are made of."""

    resamples: int
    documents: int | None
    """Those that have a position; None where sentences are drawn."""

    @classmethod
    def of(cls, predictions: Predictions, resampling: Resampling) -> "Drawn":
        """Count the documents."""
        if resampling.unit is None:
            return cls(resampling.samples, None)
        return cls(resampling.samples, len(np.unique(resampling.unit[predictions.sentence])))


@dataclass(frozen=True)
class Groups:
    """The accuracy in parts of a split."""

    title: str
    """What is compared, for a picture: "Accuracy by genre"."""
    axis: str
    """What the parts' names are, with the unit."""
    parts: tuple[GroupAccuracy, ...]


BY_LENGTH = "Accuracy by sentence length"


@dataclass(frozen=True)
class OfClasses:
    """How each class is found, where there are few enough for a table."""

    names: tuple[str, ...]
    scores: ClassScores
    confusion: Int[np.ndarray, "actual predicted"] | None
    """None where several may hold at once, so that none is taken for another."""
    called: str = ""
    """What each is, where that is no answer of the model."""
    counted: str = ""
    """What is found of it, where that is no position."""


@dataclass(frozen=True)
class Evidence:
    """Figures and tables of one split; what an objective has no use for is left out."""

    positions: int
    sentences: int
    drawn: Drawn
    estimates: Mapping[str, Estimate | None]
    """Figures with intervals, such as accuracy in [0, 1] and loss in nats; None: not to be told."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Other numbers, of positions or of what they make up."""
    by_class: OfClasses | None = None
    reliability: Reliability | None = None
    groups: Mapping[str, Groups] = field(default_factory=dict)
    counted: str = "words"
    """What the positions are, for the tables."""
    seen: Sequence[GroupAccuracy] = ()
    """Those parts that are told among the figures."""
    errors: Sequence[Mapping[str, str]] = ()
    """What is wrong, a row each with the same columns, where an error is more than a position."""


def of_labels(p: Predictions, resampling: Resampling) -> dict[str, Estimate | None]:
    """Accuracy, and the loss of those positions whose class the model knows; None without one.

    Raises:
        ValueError: there are no positions.
    """
    known = p.answerable
    return {
        "accuracy": bootstrap_mean(p.is_correct, p.sentence, resampling),
        "loss": bootstrap_mean(known.loss, known.sentence, resampling) if len(known) else None,
    }


def of_tokens(p: Predictions, resampling: Resampling) -> dict[str, Estimate | None]:
    """Accuracy, loss and perplexity; nothing where there is no position."""
    if not len(p):
        return {}
    loss = bootstrap_mean(p.loss, p.sentence, resampling)
    accuracy = bootstrap_mean(p.is_correct, p.sentence, resampling)
    return {"accuracy": accuracy, "loss": loss, "perplexity": perplexity(loss)}


def perplexity(loss: Estimate) -> Estimate:
    """exp(loss): the number of equally likely answers that would be as hard to guess from."""
    return Estimate(*(float(np.exp(x)) for x in (loss.value, loss.low, loss.high)))
