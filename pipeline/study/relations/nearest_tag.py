"""Tags of words -> how far a rule that knows tags alone finds the other end of a relation."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.study.relations.arcs import Pairs


@dataclass(frozen=True)
class Tags:
    """What the model takes every word of a split for."""

    of_word: Int[np.ndarray, " word"]
    """The number of a word's tag in `names`, in the order of the corpus; -1: it was not asked."""
    names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        offsets: Int[np.ndarray, " sentence_and_end"],
        sentence: Int[np.ndarray, " answer"],
        word: Int[np.ndarray, " answer"],
        tag: Int[np.ndarray, " answer"],
        names: tuple[str, ...],
    ) -> "Tags":
        """The answers to words of sentences; sentence i is `offsets[i]:offsets[i + 1]`."""
        of_word = np.full(offsets[-1], -1)
        of_word[offsets[sentence] + word] = tag
        return cls(of_word, names)


@dataclass(frozen=True)
class NearestTag:
    """Who needs no head: the nearest word with the tag that the target usually has.

    It looks to the side on which the target usually stands. Tag and side are the most frequent of
    the question's own pairs, so it is the best of its kind, as the fixed offset is; of several the
    first tag, and backward.
    """

    tag: tuple[str | None, ...]
    """Of each question; None where no target was given one."""
    share: Float[np.ndarray, " question"]
    """How many of the targets have that tag, in [0, 1]."""
    accuracy: Float[np.ndarray, " question"]
    """How often the rule is right, in [0, 1]."""
    is_right: Bool[np.ndarray, " pair"]


def nearest_tag(
    pairs: Pairs, offsets: Int[np.ndarray, " sentence_and_end"], tags: Tags
) -> NearestTag:
    """Ask the rule every question; the words of sentence i are `offsets[i]:offsets[i + 1]`."""
    start = np.repeat(offsets[:-1], np.diff(pairs.start))
    looker, target = start + pairs.looker, start + pairs.target
    is_right = np.zeros(len(looker), dtype=bool)
    questions = len(pairs.questions)
    names: list[str | None] = [None] * questions
    share, accuracy = np.zeros(questions), np.zeros(questions)
    for number in range(questions):
        asked = np.flatnonzero(pairs.question == number)
        targets = tags.of_word[target[asked]]
        if not (targets >= 0).any():
            continue
        tag = int(np.bincount(targets[targets >= 0]).argmax())
        is_after = bool((np.sign(target[asked] - looker[asked])).sum() > 0)
        found = _nearest(np.flatnonzero(tags.of_word == tag), looker[asked], is_after)
        is_right[asked] = found == target[asked]
        names[number] = tags.names[tag]
        share[number], accuracy[number] = (targets == tag).mean(), is_right[asked].mean()
    return NearestTag(tuple(names), share, accuracy, is_right)


def _nearest(
    places: Int[np.ndarray, " place"], looker: Int[np.ndarray, " asked"], is_after: bool
) -> Int[np.ndarray, " asked"]:
    """The next of the rising places after each looker, or the last before it; -1 for none.

    It may lie in another sentence, where no target does.
    """
    ends = np.concatenate([[-1], places, [-1]])
    if is_after:
        return np.asarray(ends[np.searchsorted(places, looker, side="right") + 1])
    return np.asarray(ends[np.searchsorted(places, looker, side="left")])
