"""Token ids of the training split -> the table that the embedding lookup starts from."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from pipeline.tokens.keyed import keyed_seed

TOKENS = 1 << 20
"""Whose neighbours are counted at a time, whole sentences."""


def random_table(vocab_size: int, d_model: int, seed: int) -> Float[np.ndarray, "vocab d_model"]:
    """Independent normal values, so that a row's length is about 1."""
    generator = np.random.Generator(np.random.PCG64(keyed_seed(seed, "random table")))
    table = generator.standard_normal((vocab_size, d_model)) / np.sqrt(d_model)
    return np.asarray(table, dtype=np.float32)


def co_occurrence(
    input_ids: Int[np.ndarray, " token"],
    offsets: Int[np.ndarray, " sentence_and_end"],
    vocab_size: int,
    window: int,
) -> sparse.csr_array:
    """How often two tokens stand at most `window` apart in a sentence, for every pair."""
    counts = sparse.csr_array((vocab_size, vocab_size), dtype=np.float64)
    wanted = np.arange(0, offsets[-1] + TOKENS, TOKENS).clip(max=offsets[-1])
    for first, last in pairwise(np.unique(np.searchsorted(offsets, wanted))):
        ids = input_ids[offsets[first] : offsets[last]]
        sentence = np.repeat(np.arange(last - first), np.diff(offsets[first : last + 1]))
        for distance in range(1, window + 1):
            together = sentence[:-distance] == sentence[distance:]
            left, right = ids[:-distance][together], ids[distance:][together]
            ones = np.ones(len(left))
            counts += sparse.coo_array((ones, (left, right)), shape=counts.shape).tocsr()
    return (counts + counts.T).tocsr()


def positive_pmi(counts: sparse.csr_array, context_smoothing: float) -> sparse.csr_array:
    """How much more often two tokens meet than chance would have it, in nats; never below 0.

    max(0, log P(w, c) / (P(w) P_a(c))) with P_a(c) proportional to count(c)^a
    (Levy and Goldberg 2014, eq. 10; the smoothing: Levy et al. 2015, eq. 3).
    """
    pairs = counts.tocoo()
    word = counts.sum(axis=1)
    context = counts.sum(axis=0) ** context_smoothing
    row, column = pairs.coords
    ratio = (pairs.data / word[row]) / (context[column] / context.sum())
    information = np.log(ratio)
    is_positive = information > 0
    kept = (information[is_positive], (row[is_positive], column[is_positive]))
    return sparse.coo_array(kept, shape=counts.shape).tocsr()


def factorised_table(
    matrix: sparse.csr_array, d_model: int, seed: int
) -> Float[np.ndarray, "vocab d_model"]:
    """The matrix's best d_model dimensions: U sqrt(S) of a truncated SVD, scaled.

    The root of S weighs the dimensions evenly (Levy et al. 2015, section 3.3). The rows' mean
    square length is 1; those of tokens that never met another are zero.

    Raises:
        ValueError: the vocabulary is not larger than d_model.
    """
    if matrix.shape[0] <= d_model:
        raise ValueError(
            f"expected more tokens than encoder.d_model for ppmi_svd, found {matrix.shape[0]} and "
            f"{d_model}: set embed.method to random, or encoder.d_model lower"
        )
    from sklearn.decomposition import TruncatedSVD  # takes a second, which a random table saves

    svd = TruncatedSVD(d_model, n_iter=5, random_state=keyed_seed(seed, "factorisation") % 2**32)
    table = svd.fit_transform(matrix) / np.sqrt(np.maximum(svd.singular_values_, 1e-12))
    length = np.sqrt((table**2).sum(axis=1).mean())
    return np.asarray(table / max(float(length), 1e-12), dtype=np.float32)
