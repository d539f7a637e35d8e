"""Tagging: accuracy, F1, calibration, where they are lower; a majority and a word list beside."""

import numpy as np

from pipeline.evaluation.baselines import majority_label, most_frequent_label
from pipeline.evaluation.breakdown import by_genre, by_length, by_seen
from pipeline.evaluation.calibration import reliability
from pipeline.evaluation.held_out import is_among
from pipeline.evaluation.measured import (
    BY_LENGTH,
    Drawn,
    Evidence,
    Groups,
    OfClasses,
    of_labels,
)
from pipeline.evaluation.measuring import Measurable, Measuring
from pipeline.evaluation.scores import bootstrap_macro_f1, class_scores, confusion_matrix

BY_SEEN = "Accuracy on seen and unseen words"


def measure(split: Measurable) -> Evidence:
    """Measure a tagger. Classes that the model does not know count with an F1 of 0.

    Raises:
        ValueError: there are no positions.
    """
    p, resampling = split.predictions, split.resampling
    confusion = confusion_matrix(p.gold, p.predicted, len(p.classes))
    seen = by_seen(p, is_among(list(split.forms), set(split.train.forms)), resampling)
    unanswerable = len(p) - len(p.answerable)
    macro_f1 = bootstrap_macro_f1(p.gold, p.predicted, p.sentence, len(p.classes), resampling)
    return Evidence(
        positions=len(p),
        sentences=p.sentences,
        drawn=Drawn.of(p, resampling),
        estimates=of_labels(p, resampling) | {"macro_f1": macro_f1},
        counts={"words_of_unseen_labels": unanswerable} if unanswerable else {},
        by_class=OfClasses(p.classes, class_scores(confusion), confusion),
        reliability=reliability(p.confidence, p.is_correct, split.bins),
        groups={
            "length": Groups(
                BY_LENGTH,
                "sentence length, words",
                by_length(p, split.sentences.lengths, split.length_edges, resampling),
            ),
            "seen": Groups(BY_SEEN, "word seen in training", seen),
            "genre": Groups(
                "Accuracy by genre", "genre", by_genre(p, split.sentences.genres, resampling)
            ),
        },
        seen=seen,
    )


def baselines(split: Measurable) -> dict[str, float]:
    """Accuracy in [0, 1] of the majority label, and of each word's most frequent one."""
    number = {label: i for i, label in enumerate(split.predictions.classes)}
    in_training = np.array([number[label] for label in split.train.answers])
    by_word = most_frequent_label(split.train.forms, in_training)
    gold = split.predictions.gold
    return {
        "majority": float((gold == majority_label(in_training)).mean()),
        "most_frequent_tag": float((gold == by_word.predict(split.forms)).mean()),
    }


TAGGING = Measuring(measure, baselines)
