"""The trees of a split -> the pairs of words that heads are asked about, and a baseline."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from pipeline.tokens.encoding import ragged_ranges
from pipeline.tokens.store import TokenStore

LEAST = 20
"""A relation with fewer dependents is not asked about: its accuracy would say little."""

LEAST_WORDS = 3
"""In a shorter sentence there is one other word: whoever is asked finds it."""

LEFT_OUT = ("root", "punct", "_")
"""The root has no word above it, the place of punctuation in a tree is a convention, "_" is none"""

DIRECTIONS = ("dependent to head", "head to dependent")


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
    pairs: int
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


def pairs_of(trees: Trees, words: Int[np.ndarray, " sentence"]) -> Pairs:
    """All pairs of a word and its head among the first `words` words of each sentence.

    Of relations in LEFT_OUT, of those with fewer than LEAST such dependents, and in sentences of
    fewer than LEAST_WORDS words, there are none.
    The offset of a question is the most frequent one of its own pairs, the best that a fixed
    distance can do (Voita et al. 2019, section 5.2.1); of several, the nearest, backward first.
    """
    length = np.diff(trees.offsets)
    sentence = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(sentence)) - trees.offsets[sentence]
    is_asked = (trees.head > 0) & (np.maximum(place + 1, trees.head) <= words[sentence])
    is_asked &= words[sentence] >= LEAST_WORDS
    is_asked &= ~np.isin(trees.names, LEFT_OUT)[trees.relation]
    often = np.bincount(trees.relation[is_asked], minlength=len(trees.names)) >= LEAST
    at = np.flatnonzero(is_asked & often[trees.relation])
    known, relation = np.unique(trees.relation[at], return_inverse=True)
    questions, is_at_offset = [], np.zeros((len(at), 2), dtype=bool)
    up = trees.head[at] - 1 - place[at]
    for number, name in enumerate(known):
        of_relation = relation == number
        for way, direction in enumerate(DIRECTIONS):
            distance = up[of_relation] * (1 - 2 * way)
            offset = best_offset(distance)
            is_at_offset[of_relation, way] = distance == offset
            share = float((distance == offset).mean())
            questions.append(Question(trees.names[name], direction, len(distance), offset, share))
    ends = np.stack([place[at], trees.head[at] - 1], axis=1)
    return Pairs(
        start=2 * np.searchsorted(sentence[at], np.arange(len(length) + 1)),
        looker=ends.ravel(),
        target=ends[:, ::-1].ravel(),
        question=(2 * relation[:, None] + np.arange(2)).ravel(),
        is_at_offset=is_at_offset.ravel(),
        questions=tuple(questions),
    )


def best_offset(distance: Int[np.ndarray, " pair"]) -> int:
    """The most frequent distance; of several, the nearest, backward first."""
    found, count = np.unique(distance, return_counts=True)
    return int(min(zip(-count, abs(found), found, strict=True))[2])
