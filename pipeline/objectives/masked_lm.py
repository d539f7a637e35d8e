"""Masked language model: which token stands where one is hidden (Devlin et al. 2019)."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from pipeline.objectives.objective import (
    AskedSplit,
    OutputHead,
    Prepare,
    SelfSupervised,
    SentenceQuestion,
    at_places,
)
from pipeline.objectives.question import NOTHING_ASKED, Question
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.features import NO_FEATURE
from pipeline.tokens.keyed import keyed_bits, keyed_uniform
from pipeline.tokens.special import SpecialTokens, Vocabulary


class MaskedWordHead(OutputHead):
    """One score for each token of the vocabulary; its class's vector is its row of the table.

    GELU and norm, then the tied table (Devlin et al. 2019, appendix A; Press and Wolf 2017).
    """

    def __init__(self, d_model: int, n_classes: int) -> None:
        super().__init__()
        self.transform = nn.Linear(d_model, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        at: Int[Tensor, " target"],
        is_token: Tensor | None,  # noqa: ARG002  (every head is called alike)
        table: Float[Tensor, "vocab d_model"],
    ) -> Float[Tensor, "target class"]:
        """Score every token of the vocabulary at each chosen token."""
        chosen = at_places(vectors, at)
        ready = self.norm(nn.functional.gelu(self.transform(chosen)))
        return nn.functional.linear(ready, table, self.bias)

    def initialise(self, generator: torch.Generator) -> None:
        """Glorot-uniform transform, zero biases."""
        nn.init.xavier_uniform_(self.transform.weight, generator=generator)
        nn.init.zeros_(self.transform.bias)


class MaskedLm(SelfSupervised):
    """The token that was there, for a share of all tokens."""

    kind = "masked_lm"

    def prepare(self, split: AskedSplit, vocabulary: Vocabulary, seed: int, epoch: int) -> Prepare:
        """Other tokens are hidden in each epoch."""
        del split
        share = self.params.masked_lm.mask_share
        return lambda tokens: mask_words(tokens, share, vocabulary, seed, epoch)

    def head(self, d_model: int, n_classes: int, n_asked: int) -> MaskedWordHead:
        """The table, after a layer of its own."""
        del n_asked
        return MaskedWordHead(d_model, n_classes)

    def ask(self, sentence: TokenBatch, special: SpecialTokens, n_asked: int) -> SentenceQuestion:
        """Each word hidden in a row of its own, read at its first token."""
        del n_asked
        row = np.arange(sentence.word_ids.max() + 1)
        plain = sentence.rows(np.zeros_like(row))
        is_hidden, ids = plain.word_ids == row[:, None], plain.input_ids
        hidden = replace(
            plain,
            input_ids=np.where(is_hidden, special.mask, ids).astype(ids.dtype),
            feature_ids=_without(plain.feature_ids, is_hidden),
        )
        token = is_hidden.argmax(axis=1)
        return SentenceQuestion(hidden, row, token, ids.shape[1], token, row)


def mask_words(
    batch: TokenBatch, share: float, vocabulary: Vocabulary, seed: int, epoch: int
) -> Question:
    """Choose a share of the tokens as targets: 80 % hidden, 10 % replaced, 10 % left as they are.

    Devlin et al. 2019, section 3.1. Each token is drawn for itself, so these are mean shares. A
    hidden or replaced token loses its sub-word parts as well. A token that stands for an unknown
    word is no target: nothing could be right.
    """
    special = vocabulary.special
    chance = keyed_uniform(batch.token_number, seed, "mask", epoch)
    is_target = (chance < share) & batch.is_token & (batch.input_ids != special.unknown)
    is_hidden = is_target & (chance < 0.8 * share)
    is_replaced = is_target & ~is_hidden & (chance < 0.9 * share)
    random = _random_tokens(batch.token_number, vocabulary.words, seed, epoch)
    seen = np.where(is_hidden, special.mask, np.where(is_replaced, random, batch.input_ids))
    tokens = replace(
        batch,
        input_ids=seen.astype(batch.input_ids.dtype),
        feature_ids=_without(batch.feature_ids, is_hidden | is_replaced),
    )
    target_ids = np.where(is_target, batch.input_ids, NOTHING_ASKED)
    return Question(tokens, target_ids, tokens.word_ids)


def _without(
    feature_ids: Int[np.ndarray, "batch token slot"], is_gone: Bool[np.ndarray, "batch token"]
) -> Int[np.ndarray, "batch token slot"]:
    gone = np.array(NO_FEATURE, dtype=feature_ids.dtype)
    return np.where(is_gone[..., None], gone, feature_ids)


def _random_tokens(
    position: Int[np.ndarray, "batch token"], words: Int[np.ndarray, " word"], seed: int, epoch: int
) -> Int[np.ndarray, "batch token"]:
    """Any of the words' tokens; there is one at least where a word can be hidden."""
    bits = keyed_bits(position, seed, "replacement", epoch)
    chosen = bits % np.uint64(max(1, len(words)))
    return np.asarray(words[chosen.astype(np.int64)] if len(words) else np.zeros_like(position))
