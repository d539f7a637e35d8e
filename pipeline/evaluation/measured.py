"""A split's predictions become everything that is measured of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from pipeline.evaluation.breakdown import GroupAccuracy, by_genre, by_length, by_seen
from pipeline.evaluation.calibration import Reliability, reliability
from pipeline.evaluation.predictions import Predictions
from pipeline.evaluation.scores import (
    ClassScores,
    bootstrap_macro_f1,
    class_scores,
    confusion_matrix,
)
from pipeline.resampling import (
    Estimate,
    Resampling,
    bootstrap_mean,
)


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
class TaggingEvidence:
    """What is measured of a tagger on one split."""

    classes: tuple[str, ...]
    positions: int
    sentences: int
    drawn: Drawn
    accuracy: Estimate
    macro_f1: Estimate
    """Classes that the model does not know count with an F1 of 0."""
    loss: Estimate | None
    """Nats a word, of the words whose label the model knows; None where it knows none."""
    unanswerable: int
    """Words whose label the training split never has: wrong, whatever the model says."""
    class_scores: ClassScores
    confusion: Int[np.ndarray, "actual predicted"]
    reliability: Reliability
    lengths: tuple[GroupAccuracy, ...]
    seen: tuple[GroupAccuracy, ...]
    genres: tuple[GroupAccuracy, ...]


@dataclass(frozen=True)
class MaskedEvidence:
    """What is measured of a masked language model on one split.

    With thousands of classes there is no confusion matrix and no table of classes.
    """

    positions: int
    sentences: int
    drawn: Drawn
    accuracy: Estimate | None
    """None, and so is what follows, where no token could be asked."""
    loss: Estimate | None
    """Nats a hidden token."""
    perplexity: Estimate | None
    """exp(loss): the number of equally likely tokens that would be as hard to guess from."""


def measure_tagging(
    predictions: Predictions,
    lengths: Int[np.ndarray, "sentence"],
    genres: Sequence[str],
    is_seen: Bool[np.ndarray, "position"],
    length_edges: Sequence[int],
    bins: int,
    resampling: Resampling,
) -> TaggingEvidence:
    """Measure a tagger: `lengths` (words) and `genres` are the sentences', `is_seen` the words'.

    Raises:
        ValueError: there are no positions.
    """
    p, known = predictions, predictions.answerable
    confusion = confusion_matrix(p.gold, p.predicted, len(p.classes))
    return TaggingEvidence(
        classes=p.classes,
        positions=len(p),
        sentences=p.sentences,
        drawn=Drawn.of(p, resampling),
        accuracy=bootstrap_mean(p.is_correct, p.sentence, resampling),
        macro_f1=bootstrap_macro_f1(p.gold, p.predicted, p.sentence, len(p.classes), resampling),
        loss=bootstrap_mean(known.loss, known.sentence, resampling) if len(known) else None,
        unanswerable=len(p) - len(known),
        class_scores=class_scores(confusion),
        confusion=confusion,
        reliability=reliability(p.confidence, p.is_correct, bins),
        lengths=by_length(p, lengths, length_edges, resampling),
        seen=by_seen(p, is_seen, resampling),
        genres=by_genre(p, genres, resampling),
    )


def measure_masked_lm(predictions: Predictions, resampling: Resampling) -> MaskedEvidence:
    """Measure a masked language model on its hidden tokens."""
    p = predictions
    if not len(p):
        return MaskedEvidence(0, 0, Drawn.of(p, resampling), None, None, None)
    loss = bootstrap_mean(p.loss, p.sentence, resampling)
    return MaskedEvidence(
        positions=len(p),
        sentences=p.sentences,
        drawn=Drawn.of(p, resampling),
        accuracy=bootstrap_mean(p.is_correct, p.sentence, resampling),
        loss=loss,
        perplexity=Estimate(*(float(np.exp(x)) for x in (loss.value, loss.low, loss.high))),
    )
