"""Classification: what a whole sentence is, one label of several or any number of them."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from pipeline.corpus.formats.words import Cut
from pipeline.corpus.store import read_columns, read_rows
from pipeline.objectives.objective import (
    Answer,
    AnswerForm,
    AskedSplit,
    Classes,
    Objective,
    OutputHead,
    Prepare,
    SentenceQuestion,
)
from pipeline.objectives.question import NOTHING_ASKED, UNSEEN, Question, number_type
from pipeline.params.objective import Pooling
from pipeline.progress import say
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.special import SpecialTokens, Vocabulary
from pipeline.tokens.store import TokenStore

YES_OR_NO = ("no", "yes")
"""The classes where each label is asked about by itself."""
NAMED = 3
"""Examples without a label that a message names."""


class PooledHead(OutputHead):
    """One vector for the sentence, and from it a score for each label: W x + b.

    Where several labels may hold, each is a choice of two, whose logits are 0 and its score: its
    probability is then the score's logistic function, and the loss the binary cross-entropy.
    """

    def __init__(self, d_model: int, n_labels: int, pooling: Pooling, is_one: bool) -> None:
        super().__init__()
        self.pooling, self.is_one = pooling, is_one
        self.attend = nn.Linear(d_model, 1, bias=False) if pooling == "attention" else None
        self.label = nn.Linear(d_model, n_labels)

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        at: Int[Tensor, " target"],
        is_token: Bool[Tensor, "batch token"] | None,
        table: Float[Tensor, "vocab d_model"],  # noqa: ARG002  (every head is called alike)
    ) -> Float[Tensor, "target class"]:
        """Score what is asked: a sentence, or one label of a sentence."""
        scores = self.label(self.pool(vectors, is_token))
        if self.is_one:
            chosen: Tensor = scores.index_select(0, at)
            return chosen
        asked = scores.flatten().index_select(0, at)
        return torch.stack([torch.zeros_like(asked), asked], dim=-1)

    def pool(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        is_token: Bool[Tensor, "batch token"] | None,
    ) -> Float[Tensor, "batch d_model"]:
        """The sentence's vector: its first token's, the mean, or a weighted mean.

        The weights are softmax(u x_i) with one vector u that is learned (after Yang et al. 2016,
        eq. 6, whose x_i pass a layer first).
        """
        if self.pooling == "first":
            return vectors[:, 0]
        batch, tokens, _ = vectors.shape
        if self.attend is None:
            scores = vectors.new_zeros(batch, tokens)
        else:
            scores = self.attend(vectors).squeeze(-1)
        if is_token is not None:
            scores = scores.masked_fill(~is_token, -torch.inf)
        pooled: Tensor = (scores.softmax(dim=-1)[:, None] @ vectors).squeeze(1)
        return pooled

    def linear(
        self,
        table: Float[Tensor, "vocab d_model"],
    ) -> tuple[Float[Tensor, "class d_model"], Float[Tensor, " class"]] | None:
        """Its layer, where one label is chosen by the first token's vector alone; else None."""
        del table
        if self.pooling != "first" or not self.is_one:
            return None
        return self.label.weight, self.label.bias

    def initialise(self, generator: torch.Generator) -> None:
        """Small weights: at first every label, and every token, counts about as much."""
        for linear in (self.attend, self.label):
            if linear is not None:
                nn.init.normal_(linear.weight, std=0.02, generator=generator)
        nn.init.zeros_(self.label.bias)


@dataclass(frozen=True)
class Labelled:
    """The labels of one example."""

    sentence_id: str
    labels: tuple[str, ...]


class Classification(Objective):
    """The labels of the whole sentence."""

    kind = "classification"
    usual_target = "genre"
    answers_whole = True

    @property
    def is_one(self) -> bool:
        """Whether a sentence has one label."""
        return bool(self.params.classification.labels == "one")

    def classes(self, train: Path) -> Classes:
        """The labels of the training split, in alphabetical order.

        Raises:
            ValueError: there is no such column of the whole, it holds lists where one label is
                learned, or there are fewer than two labels (of several at once: none).
        """
        assert self.target
        read_columns(train).require_label(self.target, "objective.target")
        found = sorted({label for one in self._read(train) for label in one.labels})
        if len(found) < (2 if self.is_one else 1):
            raise ValueError(
                f"expected at least two classes in the column {self.target!r} of the training "
                f"split, found {', '.join(found) or 'none'}: choose another objective.target"
            )
        return Classes(tuple(found)) if self.is_one else Classes(YES_OR_NO, tuple(found))

    def split(self, corpus: Path, tokens: TokenStore, classes: Classes) -> AskedSplit:
        """Each sentence's class, or whether each label holds.

        Raises:
            ValueError: examples have no label where one is learned, and params.yaml does not say to
                leave them out.
        """
        if classes.asked is not None:
            asked = classes.asked
            holds = (label in one.labels for one in self._read(corpus) for label in asked)
            return AskedSplit(tokens, np.fromiter(holds, np.int16))
        number = {label: i for i, label in enumerate(classes.names or ())}
        answers, without = array("i"), []
        for one in self._read(corpus):
            answers.append(number.get(one.labels[0], UNSEEN) if one.labels else NOTHING_ASKED)
            if not one.labels:
                without.append(one.sentence_id)
        self._require_labels(corpus, without, of=len(answers))
        return AskedSplit(tokens, np.array(answers, number_type(len(number))))

    def prepare(self, split: AskedSplit, vocabulary: Vocabulary, seed: int, epoch: int) -> Prepare:
        """Always the same."""
        del vocabulary, seed, epoch
        assert split.answers is not None
        answers = split.answers.reshape(len(split.tokens), -1)

        def ask(tokens: TokenBatch) -> Question:
            target_ids = answers[tokens.sentence]
            asked = np.broadcast_to(np.arange(target_ids.shape[1]), target_ids.shape)
            return Question(tokens, target_ids, asked)

        return ask

    def head(self, d_model: int, n_classes: int, n_asked: int) -> PooledHead:
        """A pooled vector and a linear layer."""
        n_labels = n_classes if self.is_one else n_asked
        return PooledHead(d_model, n_labels, self.params.classification.pooling, self.is_one)

    def ask(self, sentence: TokenBatch, special: SpecialTokens, n_asked: int) -> SentenceQuestion:
        """The sentence, once; of several labels, each."""
        del special
        asked = np.arange(max(1, n_asked))
        is_first = self.params.classification.pooling == "first"
        token = np.zeros_like(asked) if is_first else None
        return SentenceQuestion(sentence, np.zeros_like(asked), asked, len(asked), token, None)

    @property
    def form(self) -> AnswerForm:
        """One label, or those that hold."""
        return "text" if self.is_one else "texts"

    def answer(
        self,
        p: Float[np.ndarray, "asked class"],
        chosen: Int[np.ndarray, " asked"],
        cut: Cut,  # noqa: ARG002  (an answer is about all of it)
        classes: Classes,
    ) -> Answer:
        """The label of the sentence; of several, those that hold."""
        if self.is_one:
            assert classes.names is not None
            return Answer(classes.names[chosen[0]], float(p[0, chosen[0]]))
        assert classes.asked is not None
        which = np.flatnonzero(chosen == YES_OR_NO.index("yes"))
        return Answer(tuple(classes.asked[i] for i in which), tuple(p[which, 1].tolist()))

    def class_weights(
        self, split: AskedSplit, classes: Classes
    ) -> Float[np.ndarray, "place class"] | None:
        """Balanced: n / (classes x count), of the answers at a place; 1 of a class without any.

        King and Zeng 2001, as scikit-learn's `class_weight="balanced"` has it; with several labels
        each is a choice of two, with weights of its own.
        """
        if self.params.classification.class_weights == "none":
            return None
        assert split.answers is not None
        assert classes.names
        answers = split.answers.reshape(len(split.tokens), -1)
        counts = np.stack(
            [np.bincount(it[it >= 0], minlength=len(classes.names)) for it in answers.T]
        )
        whole = counts.sum(axis=1, keepdims=True)
        occurring = (counts > 0).sum(axis=1, keepdims=True)
        return np.where(counts > 0, whole / (occurring * np.maximum(counts, 1)), 1.0)

    @property
    def chooses_thresholds(self) -> bool:
        """With several labels, where params.yaml says so."""
        return not self.is_one and self.params.classification.thresholds == "validation"

    def choose(
        self,
        log_p: Float[np.ndarray, "answer class"],
        sentence: Int[np.ndarray, " answer"],
        place: Int[np.ndarray, " answer"],
        classes: Classes,
    ) -> Int[np.ndarray, " answer"]:
        """The likeliest label; of several, yes where its probability is above the label's own."""
        if classes.thresholds is None:
            return super().choose(log_p, sentence, place, classes)
        holds = np.exp(log_p[:, 1]) > np.array(classes.thresholds)[place]
        return np.asarray(holds, np.int64)

    def _read(self, path: Path) -> Iterator[Labelled]:
        """The labels of every example; an empty one is none.

        Raises:
            ValueError: there are several, where one is learned.
        """
        assert self.target
        for rows in read_rows(path, ["sentence_id", self.target]):
            is_listed = pa.types.is_list(rows[self.target].type)
            if is_listed and self.is_one:
                raise ValueError(
                    f"expected one label an example in the column {self.target!r}, found several: "
                    f"set objective.classification.labels to several"
                )
            for name, found in zip(
                rows["sentence_id"].to_pylist(), rows[self.target].to_pylist(), strict=True
            ):
                labels = found if is_listed else [found]
                yield Labelled(name, tuple(label for label in labels if label))

    def _require_labels(self, corpus: Path, without: Sequence[str], of: int) -> None:
        if not without:
            return
        if len(without) == of:
            raise ValueError(
                f"expected examples of {corpus.stem} with something in the column {self.target!r}, "
                f"found none among {of}: nothing could be measured there; give that split some, or "
                f"choose other shares of the splits"
            )
        named = ", ".join(without[:NAMED]) + ", ..." * (len(without) > NAMED)
        told = f"{len(without)} of {of} examples of {corpus.stem} ({named})"
        if self.params.classification.unlabelled == "error":
            raise ValueError(
                f"expected a label in the column {self.target!r} of every example, found none in "
                f"{told}: add them, or set objective.classification.unlabelled to leave_out"
            )
        say(f"left out, since they have no {self.target}: {told}")
