"""Counts of the training split become the answers that any model has to beat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True)
class MostFrequentLabel:
    """Answers each word with the label it most often had in training, whatever stands around it."""

    label_of: Mapping[str, int]
    """The label of each form, as written, that training has."""
    unknown: int
    """The label of any other form."""

    def predict(self, forms: Sequence[str]) -> Int[np.ndarray, "position"]:
        """The label of each form."""
        labels = (self.label_of.get(form, self.unknown) for form in forms)
        return np.fromiter(labels, dtype=np.int64, count=len(forms))


def majority_label(gold: Int[np.ndarray, "position"]) -> int:
    """The most frequent label (or token); the lowest number of those equally frequent.

    Raises:
        ValueError: there are no labels.
    """
    if not gold.size:
        raise ValueError("the majority label needs at least one label, got none")
    return int(np.bincount(gold).argmax())


def most_frequent_label(
    forms: Sequence[str], gold: Int[np.ndarray, "position"]
) -> MostFrequentLabel:
    """Learn each form's most frequent label from the training split.

    A form that training never had gets the most frequent label of the forms that it had once:
    words seen once are the best guess at words not seen (Baayen and Sproat 1996). Where no form
    stands once, it is the majority label. Of equally frequent labels the lowest number wins.

    Raises:
        ValueError: there are no labels.
    """
    unique, number = np.unique(np.asarray(forms, dtype=object), return_inverse=True)
    n_labels = int(gold.max(initial=0)) + 1
    pairs = np.bincount(number * n_labels + gold, minlength=len(unique) * n_labels)
    counts = pairs.reshape(len(unique), n_labels)
    once = counts[counts.sum(axis=1) == 1].sum(axis=0)
    unknown = int(once.argmax()) if once.any() else majority_label(gold)
    labels = counts.argmax(axis=1).tolist()
    return MostFrequentLabel(dict(zip(unique.tolist(), labels, strict=True)), unknown)
