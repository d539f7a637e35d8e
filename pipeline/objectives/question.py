"""A batch as a model sees it, and what it is asked of it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from pipeline.tokens.batches import TokenBatch

NOTHING_ASKED = -1
"""In the place of a class, where nothing is asked."""
UNSEEN = -2
"""Of a class that the training split never has: asked, and always answered wrong."""


def number_type(n_classes: int) -> np.dtype[Any]:
    """The smallest numbers that tell so many classes apart, and those that are none."""
    return np.dtype(np.int16 if n_classes <= np.iinfo(np.int16).max else np.int32)


@dataclass(frozen=True)
class Question:
    """What is asked of each sentence: at its tokens, or of the sentence as a whole."""

    tokens: TokenBatch
    target_ids: Int[np.ndarray, "batch place"]
    """The right class, or NOTHING_ASKED, or UNSEEN. A sentence's places are its tokens where each
    has an answer of its own; else what is asked of the whole sentence."""
    word_ids: Int[np.ndarray, "batch place"]
    """The word, from 0, that an answer is about; of a whole sentence, which question."""

    @property
    def targets(self) -> int:
        """How many places have an answer that the model can give."""
        return int((self.target_ids >= 0).sum())

    def rows(self, rows: slice) -> "Question":
        """The question about some of the sentences."""
        return Question(self.tokens.rows(rows), self.target_ids[rows], self.word_ids[rows])

    @classmethod
    def of_tokens(cls, tokens: TokenBatch) -> "Question":
        """Sentences of which nothing is asked."""
        nothing = np.full(tokens.input_ids.shape, NOTHING_ASKED)
        return cls(tokens, nothing, tokens.word_ids)

    def unasked(self) -> "Question":
        """The same sentences; nothing is asked."""
        return replace(self, target_ids=np.full_like(self.target_ids, NOTHING_ASKED))
