"""Which tags can stand where, and the likeliest of a sentence that can stand together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.corpus.formats.span_tags import GOES_ON, kind_of, scheme_of


@dataclass(frozen=True)
class Legal:
    """Which tags can stand where."""

    first: Bool[np.ndarray, " tag"]
    after: Bool[np.ndarray, "before tag"]
    last: Bool[np.ndarray, " tag"]

    @classmethod
    def of(cls, names: Sequence[str]) -> "Legal":
        """Of the tags of `tag_names`."""
        scheme = scheme_of(names)
        prefix = np.array([name.partition("-")[0] for name in names])
        kind = np.array([kind_of(name) for name in names])
        goes_on = np.isin(prefix, list(GOES_ON[scheme]))
        opens = np.isin(prefix, ["B", "I"])
        is_same = kind[:, None] == kind[None, :]
        after = ~goes_on[None, :] | (opens[:, None] & is_same)
        last = np.ones(len(names), bool)
        if scheme == "iobes":  # what is open must be closed
            after &= ~opens[:, None] | (goes_on[None, :] & is_same)
            last = ~opens
        return cls(~goes_on, after, last)


def likeliest_legal(
    log_p: Float[np.ndarray, "answer tag"], sentence: Int[np.ndarray, " answer"], legal: Legal
) -> Int[np.ndarray, " answer"]:
    """The tags of each sentence that can stand together and have the greatest product of p.

    The Viterbi algorithm (Viterbi 1967; Rabiner 1989, eq. 32 to 35), every legal step as good as
    another. A sentence's answers are neighbours, in the order of its words.
    """
    found = np.empty(len(log_p), np.int64)
    at = 0
    for _, group in groupby(sentence.tolist()):
        end = at + sum(1 for _ in group)
        found[at:end] = _best_path(log_p[at:end], legal)
        at = end
    return found


def _best_path(log_p: Float[np.ndarray, "word tag"], legal: Legal) -> Int[np.ndarray, " word"]:
    step = np.where(legal.after, 0.0, -np.inf)
    best = np.where(legal.first, log_p[0], -np.inf)
    before = np.zeros(log_p.shape, np.int64)
    for word in range(1, len(log_p)):
        reached = best[:, None] + step
        before[word] = reached.argmax(axis=0)
        best = reached.max(axis=0) + log_p[word]
    path = [int(np.where(legal.last, best, -np.inf).argmax())]
    for word in range(len(log_p) - 1, 0, -1):
        path.append(int(before[word, path[-1]]))
    return np.array(path[::-1])
