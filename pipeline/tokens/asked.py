"""Where a model is asked about the words of a sentence, and what it sees there."""

from dataclasses import replace

import numpy as np

from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.features import NO_FEATURE
from pipeline.tokens.tokenizer import MASK


def last_tokens(tokens: TokenBatch) -> np.ndarray:
    """Where each word ends: the place of its label in training."""
    word = tokens.word_ids[0]
    return np.flatnonzero(np.append(np.diff(word) > 0, True))


def hide_each_word(tokens: TokenBatch) -> tuple[TokenBatch, np.ndarray]:
    """In row i, hide word i; the place of its first token in batch x token."""
    row = np.arange(len(tokens.sentence))[:, None]
    is_hidden = tokens.word_ids == row
    hidden = replace(
        tokens,
        input_ids=np.where(is_hidden, MASK, tokens.input_ids).astype(tokens.input_ids.dtype),
        feature_ids=np.where(is_hidden[..., None], NO_FEATURE, tokens.feature_ids).astype(
            tokens.feature_ids.dtype
        ),
    )
    return hidden, is_hidden.argmax(axis=1) + row[:, 0] * tokens.input_ids.shape[1]
