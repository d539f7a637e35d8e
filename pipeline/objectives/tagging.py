"""Tagging: a label on each word, read from the last token of the word."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from pipeline.corpus.store import read_columns, read_rows
from pipeline.objectives.objective import (
    AskedSplit,
    Classes,
    Objective,
    OutputHead,
    Prepare,
    SentenceQuestion,
    ask_at_last_tokens,
    at_places,
)
from pipeline.objectives.question import NOTHING_ASKED, UNSEEN, Question, number_type
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.special import SpecialTokens, Vocabulary
from pipeline.tokens.store import TokenStore


class LinearHead(OutputHead):
    """One score for each label: W x + b."""

    def __init__(self, d_model: int, n_classes: int) -> None:
        super().__init__()
        self.label = nn.Linear(d_model, n_classes)

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        at: Int[Tensor, " target"],
        is_token: Tensor | None,
        table: Float[Tensor, "vocab d_model"],
    ) -> Float[Tensor, "target class"]:
        """Score the labels of each chosen token."""
        del is_token, table
        logits: Tensor = self.label(at_places(vectors, at))
        return logits

    def linear(
        self,
        table: Float[Tensor, "vocab d_model"],
    ) -> tuple[Float[Tensor, "class d_model"], Float[Tensor, " class"]]:
        """The layer's own."""
        del table
        return self.label.weight, self.label.bias

    def initialise(self, generator: torch.Generator) -> None:
        """Small weights: at first every label is about as likely."""
        nn.init.normal_(self.label.weight, std=0.02, generator=generator)
        nn.init.zeros_(self.label.bias)


class Tagging(Objective):
    """One of the labels that training has, for each word."""

    kind = "tagging"
    usual_target = "upos"
    labels_words = True

    def classes(self, train: Path) -> Classes:
        """The labels of the training split, in alphabetical order.

        Raises:
            ValueError: there is no such column of each word, or it holds no texts.
        """
        assert self.target
        read_columns(train).require_annotation(self.target, "objective.target")
        labels: set[str] = set()
        for rows in read_rows(train, [self.target]):
            found = rows[self.target].flatten()
            if not pa.types.is_string(found.type):
                raise ValueError(
                    f"objective.target {self.target} holds numbers, not classes: choose another "
                    f"column"
                )
            labels.update(pc.unique(found).to_pylist())
        return Classes(tuple(sorted(labels)))

    def split(self, corpus: Path, tokens: TokenStore, classes: Classes) -> AskedSplit:
        """Each word's label at its last token; at other tokens nothing is asked."""
        kind = number_type(len(classes.names or ()))
        answers = np.full(len(tokens.input_ids), NOTHING_ASKED, kind)
        sentence = 0
        for found, words in self.numbered(corpus, classes):
            part = slice(*tokens.offsets[[sentence, sentence + len(words)]].tolist())
            lengths = np.diff(tokens.offsets[sentence : sentence + len(words) + 1])
            first = np.repeat(np.cumsum(words) - words, lengths)
            ends = tokens.ends_word[part]
            at = (first + tokens.word_ids[part])[ends]
            answers[part][ends] = found[at]
            sentence += len(words)
        return AskedSplit(tokens, answers)

    def numbered(
        self, corpus: Path, classes: Classes
    ) -> Iterator[tuple[Int[np.ndarray, " word"], Int[np.ndarray, " sentence"]]]:
        """Part by part of a split, the class of every word, and how many words each sentence has.

        Raises:
            ValueError, FileNotFoundError: as `split` says.
        """
        assert self.target
        known = pa.array(classes.names, pa.string())
        for rows in read_rows(corpus, [self.target]):
            found = pc.fill_null(pc.index_in(rows[self.target].flatten(), known), UNSEEN)
            yield (
                found.to_numpy(zero_copy_only=False),
                rows[self.target].value_lengths().to_numpy(),
            )

    def prepare(self, split: AskedSplit, vocabulary: Vocabulary, seed: int, epoch: int) -> Prepare:
        """Always the same: nothing is hidden."""
        del vocabulary, seed, epoch
        answers = split.answers
        assert answers is not None

        def ask(tokens: TokenBatch) -> Question:
            target_ids = answers.take(tokens.token_number)
            target_ids[~tokens.is_token] = NOTHING_ASKED
            return Question(tokens, target_ids, tokens.word_ids)

        return ask

    def head(self, d_model: int, n_classes: int, n_asked: int) -> LinearHead:
        """A linear layer."""
        del n_asked
        return LinearHead(d_model, n_classes)

    def ask(self, sentence: TokenBatch, special: SpecialTokens, n_asked: int) -> SentenceQuestion:
        """Each word at its last token, all in one pass."""
        del special, n_asked
        return ask_at_last_tokens(sentence)
