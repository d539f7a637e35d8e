"""One accuracy becomes several: by sentence length, by genre, on words never seen in training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from pipeline.evaluation.predictions import Predictions
from pipeline.resampling import Estimate, Resampling, bootstrap_mean


@dataclass(frozen=True)
class GroupAccuracy:
    """The accuracy on some of the positions, its interval over their documents or sentences."""

    name: str
    accuracy: Estimate
    """In [0, 1]."""
    positions: int
    sentences: int


def by_group(
    predictions: Predictions,
    group: Int[np.ndarray, "position"],
    names: Sequence[str],
    resampling: Resampling,
) -> tuple[GroupAccuracy, ...]:
    """The accuracy in each group, in the order of `names`; groups without a position are left out.

    `group` holds each position's number in `names`; a negative number is in no group. Only the
    documents, or sentences, that have a position of the group are resampled.
    """
    found = []
    for number, name in enumerate(names):
        if (group == number).any():
            part = predictions.where(group == number)
            accuracy = bootstrap_mean(part.is_correct, part.sentence, resampling)
            found.append(GroupAccuracy(name, accuracy, len(part), part.sentences))
    return tuple(found)


def by_length(
    predictions: Predictions,
    lengths: Int[np.ndarray, "sentence"],
    edges: Sequence[int],
    resampling: Resampling,
) -> tuple[GroupAccuracy, ...]:
    """The accuracy in short and long sentences.

    `lengths` are words in each sentence of the split, `edges` each group's largest length; what is
    longer than all of them is a group of its own. Edges 5, 10 give the groups 1-5, 6-10, 11+.
    """
    starts = [1, *(edge + 1 for edge in edges)]
    names = [str(a) if a == b else f"{a}-{b}" for a, b in zip(starts[:-1], edges, strict=True)]
    of_sentence = np.searchsorted(np.asarray(edges), lengths)
    group = of_sentence[predictions.sentence]
    return by_group(predictions, group, [*names, f"{starts[-1]}+"], resampling)


def by_seen(
    predictions: Predictions, is_seen: Bool[np.ndarray, "position"], resampling: Resampling
) -> tuple[GroupAccuracy, ...]:
    """The accuracy on words that stood in the training split, `seen`, and on others, `unseen`."""
    return by_group(predictions, (~is_seen).astype(np.int64), ["seen", "unseen"], resampling)


def by_genre(
    predictions: Predictions, genres: Sequence[str], resampling: Resampling
) -> tuple[GroupAccuracy, ...]:
    """The accuracy in each genre, by name; `genres` are the sentences', "" where not known."""
    names = sorted(set(genres) - {""})
    number = {"": -1} | {name: index for index, name in enumerate(names)}
    of_sentence = np.array([number[genre] for genre in genres], dtype=np.int64)
    return by_group(predictions, of_sentence[predictions.sentence], names, resampling)
