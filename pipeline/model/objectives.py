"""A batch of tokens -> what the model sees of it and what it must say: tagging, masked words."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Int

from pipeline.params import MaskedLmObjective, ObjectiveParams
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.encoding import NO_LABEL
from pipeline.tokens.features import NO_FEATURE
from pipeline.tokens.keyed import keyed_bits, keyed_uniform
from pipeline.tokens.tokenizer import MASK, SPECIAL, UNKNOWN

Prepare = Callable[[TokenBatch], TokenBatch]


def training_noise(params: ObjectiveParams, vocab_size: int, seed: int, epoch: int) -> Prepare:
    """How the chosen objective puts a batch to the model in this epoch."""
    if isinstance(params, MaskedLmObjective):
        share = params.masked_lm.mask_share
        return lambda batch: mask_words(batch, share, vocab_size, seed, epoch)
    return lambda batch: batch


def evaluation_targets(params: ObjectiveParams, vocab_size: int, seed: int) -> Prepare:
    """How the objective asks about a split: the same at every call."""
    return training_noise(params, vocab_size, seed, EVALUATION)


EVALUATION = 2**31
"""Stands in for the epoch's number where masks must not change from epoch to epoch."""


def mask_words(
    batch: TokenBatch, share: float, vocab_size: int, seed: int, epoch: int
) -> TokenBatch:
    """Choose a share of the tokens as targets: 80 % hidden, 10 % replaced, 10 % left as they are.

    Devlin et al. 2019, section 3.1. A hidden or replaced token loses its sub-word parts as well.
    A token that stands for an unknown word is no target: nothing could be right.
    """
    chance = keyed_uniform(batch.position, seed, "mask", epoch)
    is_target = (chance < share) & batch.is_token & (batch.input_ids != UNKNOWN)
    is_hidden = is_target & (chance < 0.8 * share)
    is_replaced = is_target & ~is_hidden & (chance < 0.9 * share)
    random = _random_tokens(batch.position, vocab_size, seed, epoch)
    seen = np.where(is_hidden, MASK, np.where(is_replaced, random, batch.input_ids))
    return replace(
        batch,
        input_ids=seen.astype(batch.input_ids.dtype),
        feature_ids=_without(batch.feature_ids, is_hidden | is_replaced),
        target_ids=np.where(is_target, batch.input_ids, NO_LABEL),
    )


def _without(
    feature_ids: Int[np.ndarray, "batch token slot"], is_gone: Bool[np.ndarray, "batch token"]
) -> Int[np.ndarray, "batch token slot"]:
    gone = np.array(NO_FEATURE, dtype=feature_ids.dtype)
    return np.where(is_gone[..., None], gone, feature_ids)


def _random_tokens(
    position: Int[np.ndarray, "batch token"], vocab_size: int, seed: int, epoch: int
) -> Int[np.ndarray, "batch token"]:
    """Any token but a special one."""
    words = np.uint64(max(1, vocab_size - len(SPECIAL)))
    bits = keyed_bits(position, seed, "replacement", epoch)
    return (bits % words + np.uint64(len(SPECIAL))).astype(np.int64)
