"""Causal language model: each token is predicted from those before it (Bengio et al. 2003)."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from pipeline.objectives.objective import (
    AskedSplit,
    OutputHead,
    Prepare,
    SelfSupervised,
    SentenceQuestion,
    ask_at_last_tokens,
    at_places,
)
from pipeline.objectives.question import NOTHING_ASKED, Question
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.special import SpecialTokens, Vocabulary


class TiedHead(OutputHead):
    """One score for each token of the vocabulary: its row of the table times the vector, plus b.

    The table of the embedding answers too (Press and Wolf 2017).
    """

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        at: Int[Tensor, " target"],
        is_token: Tensor | None,  # noqa: ARG002  (every head is called alike)
        table: Float[Tensor, "vocab d_model"],
    ) -> Float[Tensor, "target class"]:
        """Score every token of the vocabulary after each chosen token."""
        return nn.functional.linear(at_places(vectors, at), table, self.bias)

    def linear(
        self, table: Float[Tensor, "vocab d_model"]
    ) -> tuple[Float[Tensor, "class d_model"], Float[Tensor, " class"]]:
        """The table and the biases."""
        return table, self.bias

    def initialise(self, generator: torch.Generator) -> None:
        """Zero biases: at first the vectors alone decide."""
        del generator
        nn.init.zeros_(self.bias)


class CausalLm(SelfSupervised):
    """The next token, at each token but a sentence's last."""

    kind = "causal_lm"
    is_causal = True

    def prepare(self, split: AskedSplit, vocabulary: Vocabulary, seed: int, epoch: int) -> Prepare:
        """Always the same."""
        del split, seed, epoch
        return lambda tokens: next_tokens(tokens, vocabulary.special.unknown)

    def head(self, d_model: int, n_classes: int, n_asked: int) -> TiedHead:
        """The table."""
        del d_model, n_asked
        return TiedHead(n_classes)

    def ask(self, sentence: TokenBatch, special: SpecialTokens, n_asked: int) -> SentenceQuestion:
        """What comes after each word, read at its last token."""
        del special, n_asked
        return ask_at_last_tokens(sentence)


def next_tokens(tokens: TokenBatch, unknown: int) -> Question:
    """At each token, the one after it in the sentence; none that stands for an unknown word.

    A sentence's first token is asked nowhere: there is nothing before it to tell it from.
    """
    target_ids = np.full(tokens.input_ids.shape, NOTHING_ASKED)
    word_ids = np.zeros_like(tokens.word_ids)
    after = tokens.input_ids[:, 1:]
    is_asked = tokens.is_token[:, 1:] & (after != unknown)
    target_ids[:, :-1] = np.where(is_asked, after, NOTHING_ASKED)
    word_ids[:, :-1] = tokens.word_ids[:, 1:]
    return Question(tokens, target_ids, word_ids)
