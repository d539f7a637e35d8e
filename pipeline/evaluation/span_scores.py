"""Tags of words, right and answered -> which spans were found, and what is wrong elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.corpus.formats.span_tags import Span, read_tags, scheme_of

FOUND, BOUNDARY, KIND, BOTH = "found", "boundary", "type", "boundary_and_type"
MISSING, SPURIOUS = "missing", "spurious"
ERRORS = (BOUNDARY, KIND, BOTH, MISSING, SPURIOUS)


@dataclass(frozen=True)
class Fate:
    """What became of a right span, or where an answered one comes from."""

    what: str
    sentence: int
    """Its number in the split, from 0."""
    gold: Span | None
    """None of a spurious one."""
    answered: Span | None
    """None of a missing one."""


def sentence_spans(
    tags: Sequence[str], sentence: Int[np.ndarray, " position"], scheme: str
) -> list[list[Span]]:
    """The spans of each sentence that has a position, in their order; positions are its words."""
    ends = np.flatnonzero(np.diff(sentence, append=-1)) + 1
    starts = [0, *ends[:-1].tolist()]
    return [read_tags(tags[a:b], scheme) for a, b in zip(starts, ends.tolist(), strict=True)]


def fates(
    gold: Sequence[str],
    answered: Sequence[str],
    sentence: Int[np.ndarray, " position"],
    classes: Sequence[str],
) -> list[Fate]:
    """What became of every span, sentence by sentence; `classes` are the tags there can be."""
    scheme = scheme_of(classes)
    numbers = sentence[np.flatnonzero(np.diff(sentence, prepend=-1))].tolist()
    pairs = (sentence_spans(tags, sentence, scheme) for tags in (gold, answered))
    return [
        fate
        for number, right, given in zip(numbers, *pairs, strict=True)
        for fate in _of_sentence(number, right, given)
    ]


def _of_sentence(number: int, gold: Sequence[Span], answered: Sequence[Span]) -> Iterator[Fate]:
    """Each right and each answered span once: alike ones first, then those that overlap."""
    left, given = list(gold), list(answered)
    for what, belongs in PAIRED:
        for one in list(left):
            other = next((it for it in given if belongs(one, it)), None)
            if other is not None:
                left.remove(one)
                given.remove(other)
                yield Fate(what, number, one, other)
    yield from (Fate(MISSING, number, one, None) for one in left)
    yield from (Fate(SPURIOUS, number, None, other) for other in given)


def _is_same_place(one: Span, other: Span) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _overlaps(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


PAIRED = (
    (FOUND, lambda one, other: one == other),
    (KIND, _is_same_place),
    (BOUNDARY, lambda one, other: one.kind == other.kind and _overlaps(one, other)),
    (BOTH, _overlaps),
)
"""How a right span and an answered one belong together, the closest first."""


@dataclass(frozen=True)
class Items:
    """Every span once: where it is right and answered, else for each of the two by itself."""

    gold: Bool[np.ndarray, " item"]
    predicted: Bool[np.ndarray, " item"]
    kind: Int[np.ndarray, " item"]
    """By number."""
    sentence: Int[np.ndarray, " item"]

    @classmethod
    def of(cls, found: Sequence[Fate], kinds: Sequence[str]) -> "Items":
        """What became of the spans, as items."""
        number = {kind: i for i, kind in enumerate(kinds)}
        rows = []
        for fate in found:
            if fate.what == FOUND and fate.gold:
                rows.append((True, True, number[fate.gold.kind], fate.sentence))
                continue
            for span, is_gold in ((fate.gold, True), (fate.answered, False)):
                if span:
                    rows.append((is_gold, not is_gold, number[span.kind], fate.sentence))
        gold, predicted, kind, sentence = np.array(rows, np.int64).reshape(-1, 4).T
        return cls(gold == 1, predicted == 1, kind, sentence)


def span_counts(
    found: Sequence[Fate], unit: Mapping[int, int] | Sequence[int], units: int
) -> Float[np.ndarray, "unit 3"]:
    """Of each unit, how many spans were found, how many there are, how many were answered.

    `unit` has the number of each sentence's.
    """
    counts = np.zeros((units, 3))
    for fate in found:
        counts[unit[fate.sentence]] += (
            fate.what == FOUND, fate.gold is not None, fate.answered is not None
        )  # fmt: skip
    return counts


def span_f1(counts: Float[np.ndarray, "*sample 3"]) -> Float[np.ndarray, "*sample"]:
    """2 found / (there are + answered): precision's and recall's harmonic mean; NaN of nothing."""
    return np.asarray(2 * counts[..., 0] / (counts[..., 1] + counts[..., 2]))
