"""The tokens that stand for no word."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int


@dataclass(frozen=True)
class SpecialTokens:
    """The id of each; a vocabulary has them wherever its tokenizer put them."""

    padding: int
    """At the end of a shorter sentence in a batch; seen by no token."""
    unknown: int
    """In the place of a word that training did not know."""
    mask: int
    """In the place of a word that is hidden."""

    @property
    def ids(self) -> tuple[int, ...]:
        """All of them, in order."""
        return tuple(sorted((self.padding, self.unknown, self.mask)))

    def among(self, ids: Int[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
        """Which of some tokens are special."""
        return np.isin(ids, self.ids)


@dataclass(frozen=True)
class Vocabulary:
    """How many tokens there are, and which of them stand for no word."""

    size: int
    special: SpecialTokens

    @property
    def words(self) -> Int[np.ndarray, " word"]:
        """The ids of all others."""
        return np.setdiff1d(np.arange(self.size), self.special.ids)
