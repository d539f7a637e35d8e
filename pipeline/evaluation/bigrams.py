"""Counts of the training split become a language model without a network: unigrams and bigrams."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from pipeline.tokens.store import TokenStore


@dataclass(frozen=True)
class Bigrams:
    """How often tokens, and pairs of neighbours, stand in the training split."""

    tokens: Int[np.ndarray, " vocab"]
    first: Int[np.ndarray, " vocab"]
    """As the first of a pair."""
    pairs: sparse.csr_array
    share: float
    """What the bigram counts for in the interpolation, in [0, 1]; the unigram has the rest."""

    @classmethod
    def of(cls, train: TokenStore, vocab_size: int) -> "Bigrams":
        """Count; the share is found by deleted interpolation (Brants 2000, figure 1).

        Each pair votes, as often as it stands in the text, for the model that would foresee it
        better if it stood there once less: (c(v, w) - 1) / (c(v) - 1) or (c(w) - 1) / (N - 1).
        The unigram has one vote more, so that no pair is impossible.
        """
        ids = train.input_ids
        is_pair = np.ones(max(0, len(ids) - 1), dtype=bool)
        is_pair[train.offsets[1:-1] - 1] = False
        before, after = ids[:-1][is_pair], ids[1:][is_pair]
        shape, ones = (vocab_size, vocab_size), np.ones(len(before), dtype=np.int64)
        pairs = sparse.coo_array((ones, (before, after)), shape=shape).tocsr()
        tokens = np.bincount(ids, minlength=vocab_size)
        first = np.bincount(before, minlength=vocab_size)
        found = pairs.tocoo()
        (v, w), count = found.coords, found.data
        rest = np.maximum(first[v] - 1, 1)
        by_bigram, by_unigram = (count - 1) / rest, (tokens[w] - 1) / max(1, len(ids) - 1)
        votes = count[by_bigram > by_unigram].sum()
        return cls(tokens, first, pairs, float(votes / (count.sum() + 1)))

    def unigram(self, after: Int[np.ndarray, " asked"]) -> Float[np.ndarray, " asked"]:
        """(c(w) + 1) / (N + vocab): one more of each, so that nothing is impossible (Laplace)."""
        return np.asarray((self.tokens[after] + 1) / (self.tokens.sum() + len(self.tokens)))

    def interpolated(
        self, before: Int[np.ndarray, " asked"], after: Int[np.ndarray, " asked"]
    ) -> Float[np.ndarray, " asked"]:
        """Share c(v, w) / c(v) + (1 - share) p(w) (Jelinek and Mercer 1980).

        After a token that training never has before another, p(w) alone.
        """
        seen = self.first[before]
        pair = np.asarray(self.pairs[before, after]).ravel() / np.maximum(seen, 1)
        share = np.where(seen > 0, self.share, 0)
        return np.asarray(share * pair + (1 - share) * self.unigram(after))
