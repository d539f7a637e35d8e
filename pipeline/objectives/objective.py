"""What an objective is: what it needs of a corpus, what it asks, who answers, how it is told of."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from pipeline.corpus.formats.span_tags import Span
from pipeline.corpus.formats.words import Cut
from pipeline.objectives.question import UNSEEN, Question
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.special import SpecialTokens, Vocabulary
from pipeline.tokens.store import TokenStore

Prepare = Callable[[TokenBatch], Question]
"""Puts a batch of a split to a model."""

EVALUATION = 2**31
"""Stands in for the epoch's number where what is asked must not change from epoch to epoch."""


@dataclass(frozen=True)
class AskedSplit:
    """A split's tokens, and the answers that the corpus has for them."""

    tokens: TokenStore
    answers: Int[np.ndarray, " place"] | None
    """The class of every place, end to end, or NOTHING_ASKED, or UNSEEN; None where the tokens
    themselves are the answers."""

    @property
    def unanswerable(self) -> int:
        """Places whose class the training split never has."""
        return 0 if self.answers is None else int((self.answers == UNSEEN).sum())


@dataclass(frozen=True)
class Classes:
    """What a model chooses from."""

    names: tuple[str, ...] | None
    """By number; None: the tokens of the vocabulary."""
    asked: tuple[str, ...] | None = None
    """Where several things are asked of each sentence, what each is called."""
    thresholds: tuple[float, ...] | None = None
    """Of each of these, the probability above which it holds; None: one half."""


@dataclass(frozen=True)
class SentenceQuestion:
    """What a model is asked about a sentence that a person wrote."""

    tokens: TokenBatch
    """One row, or one for each word that is hidden in it."""
    row: Int[np.ndarray, " asked"]
    """The row of `tokens` of each answer."""
    place: Int[np.ndarray, " asked"]
    """Where it is read in its row, of `places`."""
    places: int
    token: Int[np.ndarray, " asked"] | None
    """The token of its row whose vector alone is read for it; None: all are."""
    word: Int[np.ndarray, " asked"] | None
    """The word, from 0, that it is about; None: the sentence as a whole."""

    @property
    def at(self) -> Int[np.ndarray, " asked"]:
        """Where each answer is read, as an index into batch x place."""
        return np.asarray(self.row * self.places + self.place)


AnswerForm = Literal["text", "texts", "parts"]
"""What an objective's predictions are: one text about the sentence, a list of them, or a list of
parts of it."""


@dataclass(frozen=True)
class Part:
    """A part of a text that is something."""

    start: int
    """Where it begins in the text, in code points from 0."""
    end: int
    """Where it ends: text[start:end] is it."""
    label: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What a model says about a person's sentence."""

    prediction: str | tuple[str, ...] | tuple[Part, ...]
    """In its objective's form."""
    probability: float | tuple[float, ...]
    """In [0, 1], that the model gives each prediction."""


class OutputHead(nn.Module, ABC):
    """Context-aware vectors -> logits."""

    @abstractmethod
    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        at: Int[Tensor, " target"],
        is_token: Tensor | None,
        table: Float[Tensor, "vocab d_model"],
    ) -> Float[Tensor, "target class"]:
        """The classes' scores at some places, each an index into batch x place.

        `is_token` None: no padding. `table` has the vocabulary's vectors.
        """

    @abstractmethod
    def initialise(self, generator: torch.Generator) -> None:
        """Its first weights."""

    def linear(
        self,
        table: Float[Tensor, "vocab d_model"],  # noqa: ARG002  (some heads answer with it)
    ) -> tuple[Float[Tensor, "class d_model"], Float[Tensor, " class"]] | None:
        """Weight and bias where a logit is W x + b of one token's vector x; else None."""
        return None


def at_places(
    vectors: Float[Tensor, "batch token d_model"], at: Int[Tensor, " target"]
) -> Float[Tensor, "target d_model"]:
    """The vectors of some tokens, each an index into batch x token."""
    return vectors.flatten(0, 1).index_select(0, at)


class Objective(ABC):
    """One way to put text to a model and to hear its answer."""

    kind: ClassVar[str]
    """Its name in params.yaml."""
    usual_target: ClassVar[str | None] = None
    """The column that is learned where params.yaml names none; None: it learns from text alone."""
    is_causal: ClassVar[bool] = False
    """Whether a token sees those before it alone."""
    labels_words: ClassVar[bool] = False
    """Whether each word has an answer, one of a few labels."""
    answers_whole: ClassVar[bool] = False
    """Whether an answer is read from the whole sentence, and so from no token's row of weights."""

    def __init__(self, params: Any) -> None:
        if self.usual_target and not params.target:
            params = params.model_copy(update={"target": self.usual_target})
        self.params = params
        """The section `objective`; a target that is learned is always named in it."""

    @property
    def target(self) -> str | None:
        """The column of the corpus that is learned; None where the text alone is."""
        return self.params.target if self.usual_target else None

    @abstractmethod
    def classes(self, train: Path) -> Classes:
        """What the training split of the corpus has to choose from.

        Raises:
            ValueError: the corpus has no such column, or nothing to choose.
        """

    @abstractmethod
    def split(self, corpus: Path, tokens: TokenStore, classes: Classes) -> AskedSplit:
        """A split of the corpus with its answers.

        Raises:
            ValueError: the corpus is damaged, or lacks an answer that the objective needs.
            FileNotFoundError: the corpus is not there.
        """

    @abstractmethod
    def prepare(self, split: AskedSplit, vocabulary: Vocabulary, seed: int, epoch: int) -> Prepare:
        """How a batch of the split is put to the model in this epoch."""

    def prepare_evaluation(self, split: AskedSplit, vocabulary: Vocabulary, seed: int) -> Prepare:
        """How a batch is put to the model where it is measured: the same at every call."""
        return self.prepare(split, vocabulary, seed, EVALUATION)

    def as_learned(
        self, answers: Sequence[Any], lengths: Int[np.ndarray, " sentence"]
    ) -> list[Any]:
        """The learned column of sentences of so many words, as the model answers it."""
        del lengths
        return list(answers)

    def class_weights(
        self,
        split: AskedSplit,
        classes: Classes,
    ) -> Float[np.ndarray, "place class"] | None:
        """How much a class counts in training at each place of a sentence; None: all alike."""
        del split, classes
        return None

    @property
    def chooses_thresholds(self) -> bool:
        """Whether what holds is told by probabilities that validation has to choose."""
        return False

    def choose(
        self,
        log_p: Float[np.ndarray, "answer class"],
        sentence: Int[np.ndarray, " answer"],
        place: Int[np.ndarray, " answer"],
        classes: Classes,
    ) -> Int[np.ndarray, " answer"]:
        """The class that is answered at each place: the most probable one of each by itself.

        A sentence's answers are neighbours, in the order of its places.
        """
        del sentence, place, classes
        return np.asarray(log_p.argmax(axis=-1))

    def spans_in(self, answers: Sequence[str]) -> list[Span]:
        """The spans that the answers about a sentence's words make up; none of other answers."""
        del answers
        return []

    @abstractmethod
    def head(self, d_model: int, n_classes: int, n_asked: int) -> OutputHead:
        """The module that answers; `n_asked` things of each sentence, or 0."""

    @abstractmethod
    def ask(self, sentence: TokenBatch, special: SpecialTokens, n_asked: int) -> SentenceQuestion:
        """What a model is asked about a person's sentence, the only one in its batch."""

    @property
    def form(self) -> AnswerForm:
        """What its predictions are."""
        return "texts"

    def answer(
        self,
        p: Float[np.ndarray, "asked class"],
        chosen: Int[np.ndarray, " asked"],
        cut: Cut,  # noqa: ARG002  (some answers are parts of the text)
        classes: Classes,
    ) -> Answer:
        """What the classes that `choose` chose at everything that `ask` asked say.

        `p` is the probability of every class there, in [0, 1]; `classes` names all of them, the
        vocabulary's too.
        """
        assert classes.names is not None
        said = tuple(classes.names[i] for i in chosen)
        return Answer(said, tuple(p[np.arange(len(chosen)), chosen].tolist()))


class SelfSupervised(Objective):
    """The text alone is learned: the tokens are the answers."""

    def classes(self, train: Path) -> Classes:
        """The vocabulary's tokens."""
        del train
        return Classes(None)

    def split(self, corpus: Path, tokens: TokenStore, classes: Classes) -> AskedSplit:
        """The tokens are the answers."""
        del corpus, classes
        return AskedSplit(tokens, None)


def ask_at_last_tokens(sentence: TokenBatch) -> SentenceQuestion:
    """One pass over the sentence, an answer at the last token of each word."""
    at = np.flatnonzero(sentence.ends_word[0])
    n_tokens = sentence.input_ids.shape[1]
    return SentenceQuestion(sentence, np.zeros_like(at), at, n_tokens, at, sentence.word_ids[0, at])
