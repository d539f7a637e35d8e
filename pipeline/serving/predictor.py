"""A model's folder -> predictions for text, many at a time, and where its heads look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.corpus.example import BETWEEN
from pipeline.corpus.formats.words import Cut, Text, cut, words_of
from pipeline.model.batch import Batch
from pipeline.model.checkpoint import load_network
from pipeline.model.network import Network
from pipeline.model.shape import classes_of
from pipeline.objectives.objective import Answer, Classes, SentenceQuestion
from pipeline.tokens.batches import (
    batch_of_sentences,
    gather,
    plan_batches,
    side_by_side,
    tokens_of_sentences,
)
from pipeline.tokens.encoding import Encoding, encode_words, load_encoding

BATCH_TOKENS = 2048
"""Of sentences that are answered in one pass, padding counted."""


@dataclass(frozen=True)
class Refused:
    """Why a sentence gets no answer."""

    reason: str


@dataclass(frozen=True)
class Answered:
    """A sentence with what the model says."""

    words: tuple[str, ...]
    answer: Answer


@dataclass(frozen=True, eq=False)
class Asked:
    """A sentence, and what the model is asked about it."""

    cut: Cut
    question: SentenceQuestion


@dataclass(frozen=True)
class Looked:
    """What the encoder makes of a sentence as it is written, nothing in it hidden."""

    words: tuple[str, ...]
    tokens: tuple[str, ...]
    vectors: Float[np.ndarray, "token d_model"]
    """Context-aware: after the last layer."""
    weights: Float[np.ndarray, "layer head query key"]


@dataclass(frozen=True)
class Predictor:
    """A trained network with the encoding that it was trained on."""

    network: Network
    encoding: Encoding

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        """Read weights, shape, tokenizer and labels; nothing in the folder can run code."""
        return cls(network=load_network(folder), encoding=load_encoding(folder))

    @property
    def takes_pairs(self) -> bool:
        """Whether it was trained on pairs of texts: it knows the word that stands between two.

        Known is what has an id of its own; of pieces, each part of it that is never joined to
        another, as the brackets are not.
        """
        found = encode_words(self.encoding, [BETWEEN], np.array([1])).input_ids
        cutting = self.encoding.tokenizer.pre_tokenizer
        parts = cutting.pre_tokenize_str(BETWEEN) if cutting else [BETWEEN]
        return len(found) == len(parts) and not self.encoding.special.among(found).any()

    def predict(self, sentence: Text) -> Answered:
        """What the model answers about each word, or about the sentence.

        Raises:
            ValueError: the sentence is empty or longer than the model was made for.
        """
        (found,) = self.predict_all([sentence])
        if isinstance(found, Refused):
            raise ValueError(found.reason)
        return found

    @torch.inference_mode()
    def predict_all(self, sentences: Sequence[Text | Refused]) -> list[Answered | Refused]:
        """The answer about each sentence, or why it has none; in their order.

        A sentence's company changes its probabilities by no more than rounding.
        """
        asked = self._ask([one if isinstance(one, Refused) else _cut(one) for one in sentences])
        questions = [one for one in asked if isinstance(one, Asked)]
        sizes = np.array([one.question.tokens.input_ids.size for one in questions], dtype=np.int64)
        answers: dict[int, Answered] = {}
        for group in plan_batches(sizes, BATCH_TOKENS) if questions else ():
            chosen = [questions[i] for i in group]
            answers |= zip(map(id, chosen), self._answers(chosen), strict=True)
        return [one if isinstance(one, Refused) else answers[id(one)] for one in asked]

    @torch.inference_mode()
    def look(self, sentence: Text) -> Looked:
        """The vectors and the weights of every head, of each token.

        Raises:
            ValueError: the sentence is empty or longer than the model was made for.
        """
        words = words_of(sentence)
        batch = Batch.of_tokens(batch_of_sentences(self.encoding, [words]))
        layers: list[Tensor] = []
        vectors = self.network(batch, act=lambda work: _keep(layers, work))[0]
        encoder, length = self.network.shape.encoder, len(vectors)
        no_layer = torch.zeros(0, encoder.n_heads, length, length)
        weights = torch.stack(layers) if layers else no_layer
        texts = self.encoding.token_texts(words)
        return Looked(tuple(words), texts, vectors.numpy(), weights.numpy())

    def _ask(self, sentences: Sequence[Cut | Refused]) -> list["Asked | Refused"]:
        """What is asked about each sentence; words that come again are encoded once."""
        asked = self._ask_together([one for one in sentences if isinstance(one, Cut)])
        return [next(asked) if isinstance(one, Cut) else one for one in sentences]

    def _ask_together(self, cuts: Sequence[Cut]) -> Iterator["Asked | Refused"]:
        if not cuts:
            return
        tokens = tokens_of_sentences(self.encoding, [one.words for one in cuts])
        n_asked = len(self.network.shape.asked or ())
        for number, length in enumerate(tokens.lengths.tolist()):
            try:
                self.encoding.require_short(length)
            except ValueError as error:
                yield Refused(str(error))
                continue
            sentence = gather(tokens, np.array([number]))
            question = self.network.objective.ask(sentence, self.encoding.special, n_asked)
            yield Asked(cuts[number], question)

    def _answers(self, asked: Sequence["Asked"]) -> Iterator[Answered]:
        """The answers to some questions, in one pass."""
        sizes = [len(one.question.row) for one in asked]
        logits = self._logits([one.question for one in asked])
        sentence = np.repeat(np.arange(len(asked)), sizes)
        place = np.concatenate([one.question.place for one in asked])
        chosen = self.network.choose(logits, sentence, place)
        p, ends = logits.softmax(dim=-1).numpy(), np.cumsum(sizes)
        for one, end, size in zip(asked, ends, sizes, strict=True):
            own = slice(end - size, end)
            found = self.network.objective.answer(p[own], chosen[own], one.cut, self._classes)
            yield Answered(one.cut.words, found)

    def _logits(self, questions: Sequence[SentenceQuestion]) -> Float[Tensor, "_ class"]:
        """The logits of everything that the questions ask; many rows go through in parts."""
        tokens = side_by_side([one.tokens for one in questions])
        before = np.cumsum([0, *(len(one.tokens.input_ids) for one in questions)])
        row = np.concatenate([b + one.row for b, one in zip(before, questions, strict=False)])
        place = np.concatenate([one.place for one in questions])
        length, is_about_words = tokens.input_ids.shape[1], questions[0].word is not None
        places, parts = length if is_about_words else questions[0].places, []
        at_once = max(1, BATCH_TOKENS // length)
        for start in range(0, len(tokens.input_ids), at_once):
            here = (start <= row) & (row < start + at_once)
            batch = Batch.of_tokens(tokens.rows(slice(start, start + at_once)))
            at = torch.from_numpy((row[here] - start) * places + place[here])
            parts.append(self.network.logits(self.network(batch), at, batch.is_token))
        return torch.cat(parts)

    @cached_property
    def _classes(self) -> Classes:
        shape = self.network.shape
        return replace(shape.choices, names=classes_of(shape, self.encoding))


def _cut(sentence: Text) -> Cut | Refused:
    try:
        return cut(sentence)
    except ValueError as error:
        return Refused(str(error))


def _keep(layers: list[Tensor], work: LayerAtWork) -> None:
    layers.append(work.weights[0])
