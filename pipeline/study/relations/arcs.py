"""The trees of a split -> the pairs of words that heads are asked about, and a baseline."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from pipeline.tokens.encoding import ragged_ranges
from pipeline.tokens.store import TokenStore

LEAST = 20
"""A relation with fewer dependents is not asked about: its accuracy would say little."""

LEAST_WORDS = 3
"""Where a word sees fewer, there is one other word: whoever is asked finds it."""

LEFT_OUT = ("root", "punct", "_")
"""The root has no word above it, the place of punctuation in a tree is a convention, "_" is none"""

DIRECTIONS = ("dependent to head", "head to dependent")
"""Who looks for whom."""


@dataclass(frozen=True)
class Trees:
    """The dependency trees of a split; the words of sentence i are `offsets[i]:offsets[i + 1]`."""

    offsets: Int[np.ndarray, " sentence_and_end"]
    head: Int[np.ndarray, " word"]
    """The word above each, counted from 1 in its sentence; 0 is the root, or not known."""
    relation: Int[np.ndarray, " word"]
    """What the word is to its head, as an index into `names`."""
    names: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A relation in one direction."""

    relation: str
    direction: str
    """One of DIRECTIONS."""
    pairs: int
    """How many there are."""
    offset: int
    """From the word that looks to the one to find, in words: the most frequent."""
    baseline: float
    """Share of pairs with this offset, in [0, 1]."""


@dataclass(frozen=True)
class Pairs:
    """Who is to find whom, sentence by sentence."""

    start: Int[np.ndarray, " sentence_and_end"]
    """The pairs of sentence i are `start[i]:start[i + 1]`."""
    looker: Int[np.ndarray, " pair"]
    target: Int[np.ndarray, " pair"]
    """Both words, from 0 in their sentence."""
    question: Int[np.ndarray, " pair"]
    is_at_offset: Bool[np.ndarray, " pair"]
    """Whether the question's offset leads from the one to the other."""
    questions: tuple[Question, ...]

    def of_sentences(
        self, sentences: Int[np.ndarray, " batch"]
    ) -> tuple[Int[np.ndarray, " asked"], Int[np.ndarray, " asked"]]:
        """The pairs of a batch: the row of each in the batch, and its number here."""
        first = self.start[sentences]
        count = self.start[sentences + 1] - first
        return np.repeat(np.arange(len(sentences)), count), ragged_ranges(first, count)


def words_of(split: TokenStore) -> Int[np.ndarray, " sentence"]:
    """How many words of each sentence have a token: all, unless the sentence was cut."""
    return np.asarray(split.word_ids[split.offsets[1:] - 1] + 1)


def pairs_of(trees: Trees, words: Int[np.ndarray, " sentence"], is_causal: bool) -> Pairs:
    """All pairs of a word and its head among the first `words` words of each sentence.

    Of relations in LEFT_OUT, of those with fewer than LEAST such dependents, and in sentences of
    fewer than LEAST_WORDS words, there are none. If `is_causal`, a word is asked only about those
    before it, from the third word on, and a question that is left with fewer than LEAST pairs is
    not asked.
    The offset of a question is the most frequent one of its own pairs, the best that a fixed
    distance can do (Voita et al. 2019, section 5.2.1); of several, the nearest, backward first.
    """
    length = np.diff(trees.offsets)
    sentence = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(sentence)) - trees.offsets[sentence]
    is_asked = (trees.head > 0) & (np.maximum(place + 1, trees.head) <= words[sentence])
    is_asked &= words[sentence] >= LEAST_WORDS
    is_asked &= ~np.isin(trees.names, LEFT_OUT)[trees.relation]
    at = np.flatnonzero(is_asked)
    # Each dependent twice: it looks for its head, then its head for it.
    looker, target = np.stack([place[at], trees.head[at] - 1])[[[0, 1], [1, 0]]].swapaxes(1, 2)
    asked = 2 * trees.relation[at, None] + np.arange(2)
    is_kept = np.ones(asked.shape, dtype=bool)
    if is_causal:
        is_kept = (target < looker) & (looker >= LEAST_WORDS - 1)
    is_kept &= (np.bincount(asked[is_kept], minlength=2 * len(trees.names)) >= LEAST)[asked]
    looker, target = looker[is_kept], target[is_kept]
    known, question = np.unique(asked[is_kept], return_inverse=True)
    questions, is_at_offset = [], np.zeros(len(looker), dtype=bool)
    for number, one in enumerate(known):
        of_question = question == number
        distance = (target - looker)[of_question]
        offset = best_offset(distance)
        is_at_offset[of_question] = distance == offset
        share, (relation, way) = float((distance == offset).mean()), divmod(one, 2)
        told = trees.names[relation], DIRECTIONS[way], len(distance), offset, share
        questions.append(Question(*told))
    of_pair = np.repeat(sentence[at], 2)[is_kept.ravel()]
    return Pairs(
        start=np.searchsorted(of_pair, np.arange(len(length) + 1)),
        looker=looker,
        target=target,
        question=question,
        is_at_offset=is_at_offset,
        questions=tuple(questions),
    )


def best_offset(distance: Int[np.ndarray, " pair"]) -> int:
    """The most frequent distance; of several, the nearest, backward first."""
    found, count = np.unique(distance, return_counts=True)
    return int(min(zip(-count, abs(found), found, strict=True))[2])
