"""One sentence through a trained network -> every number on the way from words to predictions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.attention import LayerAtWork, attention_scores, join_heads
from pipeline.corpus.formats.span_tags import Span
from pipeline.corpus.formats.words import Text, words_of
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape, classes_of
from pipeline.objectives.objective import SentenceQuestion
from pipeline.study.asked_again import AskedAgain, ask_again
from pipeline.study.contributions import Asked, Followed, ask
from pipeline.study.token_changes import TokenChange, distance, token_changes
from pipeline.study.unknown_words import unknown_words
from pipeline.tokens.batches import TokenBatch, batch_of_sentences
from pipeline.tokens.encoding import Encoding
from pipeline.wording import Wording, wording_of

CLASSES = 3
"""Most likely classes that are told of each answer."""


@dataclass(frozen=True)
class TracedLayer:
    """What one layer's heads do with the sentence."""

    scores: Float[np.ndarray, "head query key"]
    """Before the softmax; minus infinity where the key is not seen."""
    weights: Float[np.ndarray, "head query key"]
    values: Float[np.ndarray, "head key d_head"]
    mixed: Float[np.ndarray, "head query d_head"]
    """Each head's weighted sum of the values."""
    joined: Float[np.ndarray, "query d_model"]
    """The heads' sums side by side."""


@dataclass(frozen=True)
class Prediction:
    """The most likely classes, the first first, with probabilities in [0, 1]."""

    about: str
    """A word, or what is asked of the whole sentence."""
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    answer: str
    """What the model answers, which may be another class than the likeliest (`Wording.chosen`)."""
    confidence: float
    """The probability of that, in [0, 1]."""


@dataclass(frozen=True)
class Trace:
    """A sentence's numbers in the order in which the data flows.

    Where the objective hides the word asked about, that is how the model sees the sentence; each
    prediction is made as `Predictor` makes it.
    """

    shape: ModelShape
    words: tuple[str, ...]
    tokens: tuple[str, ...]
    special: Mapping[int, str]
    """What the vocabulary calls each special token."""
    input_ids: Int[np.ndarray, " token"]
    word_ids: Int[np.ndarray, " token"]
    embedding: Float[np.ndarray, "token d_model"]
    layers: tuple[TracedLayer, ...]
    output: Float[np.ndarray, "token d_model"]
    """After the last norm."""
    changes: tuple[TokenChange, ...]
    predictions: tuple[Prediction, ...]
    spans: tuple[Span, ...]
    """What the answers make up together, where they do."""
    asked: Asked
    again: AskedAgain
    unknown: Mapping[int, str]
    """Of each word, from 0, that training did not know and that is not hidden: why, and what the
    model reads of it."""

    @property
    def followed(self) -> Prediction:
        """The prediction that is followed."""
        return self.predictions[self.asked.answer]

    @property
    def overruled(self) -> tuple[int, ...]:
        """The predictions, from 0, whose answer is another class than the likeliest."""
        return tuple(i for i, it in enumerate(self.predictions) if it.answer != it.labels[0])

    @property
    def wording(self) -> Wording:
        """How the model's objective is spoken of."""
        return wording_of(self.shape.objective)

    @property
    def begun(self) -> Span | None:
        """The span that begins with the word that is followed, where one does."""
        return next((span for span in self.spans if span.start == self.asked.word), None)

    @property
    def most_changed(self) -> int:
        """The word, from 0, that holds the token whose vector changed most."""
        return int(self.word_ids[np.argmax([change.distance for change in self.changes])])

    @property
    def has_word_parts(self) -> bool:
        """Whether sub-word parts are added into the embedding that the answer is read at."""
        is_hidden = int(self.input_ids[self.asked.token]) == self.shape.special.mask
        return self.shape.feature_rows > 0 and not is_hidden


def window(count: int, at: int, most: int) -> range:
    """`most` places around `at`, or all."""
    start = max(0, min(at - most // 2, count - most))
    return range(start, min(count, start + most))


@torch.inference_mode()
def trace_sentence(
    network: Network, encoding: Encoding, sentence: Text, word: int | None = None
) -> Trace:
    """Follow a sentence through the network, and word number `word` (from 1) to its prediction.

    Without a number, the first word of the first span, where the answers make up one; else the word
    whose vector changes most in the sentence as it is written, of those that training knew, where
    there are any.

    Raises:
        ValueError: no word, more tokens than the model was made for, no word of that number, or one
            at which no answer is read.
    """
    words = _words_of(sentence, word)
    plain = batch_of_sentences(encoding, [words])
    unknown = unknown_words(encoding, words)
    question = network.objective.ask(plain, encoding.special, len(network.shape.asked or ()))
    logits, classes = _logits(network, question), classes_of(network.shape, encoding)
    predictions = _predictions(logits, network, question, words, classes)
    spans = tuple(network.objective.spans_in([one.answer for one in predictions]))
    if word is None:
        chosen = spans[0].start if spans else _most_changed(network, plain, unknown)
    else:
        chosen = word - 1
    followed = _followed(question, logits, plain, chosen)
    if followed.word != chosen and word is not None:
        raise ValueError(
            f"expected no number of a word: the answer is read at word {followed.word + 1} alone, "
            f"which is followed; got {word}"
        )
    row = int(question.row[followed.answer])
    seen = question.tokens.rows(slice(row, row + 1))
    batch, layers = Batch.of_tokens(seen), list[TracedLayer]()
    embedding = network.embedding(batch.input_ids, batch.feature_ids)
    output = network.contextualise(embedding, batch, lambda work: layers.append(_traced(work)))[0]
    texts = encoding.token_texts(words)
    special = network.shape.special
    is_hidden = seen.input_ids[0] == special.mask
    vocabulary = encoding.vocabulary
    asked = ask(network, batch, followed, logits[followed.answer], classes)
    hidden = set(seen.word_ids[0][is_hidden].tolist())
    return Trace(
        shape=network.shape,
        words=tuple(words),
        tokens=tuple(
            vocabulary[special.mask] if h else t for h, t in zip(is_hidden, texts, strict=True)
        ),
        special={token: vocabulary[token] for token in special.ids},
        input_ids=seen.input_ids[0],
        word_ids=seen.word_ids[0],
        embedding=embedding[0].numpy(),
        layers=tuple(layers),
        output=output.numpy(),
        changes=token_changes(network, encoding, embedding[0], output, batch.input_ids[0]),
        predictions=predictions,
        spans=spans,
        asked=asked,
        again=ask_again(network, batch, seen.word_ids[0], asked, classes),
        unknown={i: told for i, told in unknown.items() if i not in hidden},
    )


def _logits(network: Network, question: SentenceQuestion) -> Float[Tensor, "asked class"]:
    batch = Batch.of_tokens(question.tokens)
    return network.logits(network(batch), torch.from_numpy(question.at), batch.is_token)


def _followed(
    question: SentenceQuestion, logits: Float[Tensor, "asked class"], plain: TokenBatch, word: int
) -> Followed:
    """The answer about the word; of the whole sentence, the one whose last class is likeliest."""
    answer = word if question.word is not None else int(logits.softmax(dim=-1)[:, -1].argmax())
    own = question.token
    token = np.flatnonzero(plain.word_ids[0] == word)[-1] if own is None else own[answer]
    word = int(plain.word_ids[0, token])
    return Followed(answer, word, int(token), int(question.place[answer]), own is not None)


def _words_of(sentence: Text, word: int | None) -> list[str]:
    words = words_of(sentence)
    if word is not None and not 1 <= word <= len(words):
        raise ValueError(
            f"expected the number of a word from 1 to {len(words)}, got {word}: "
            f"count the words as the trace lists them"
        )
    return words


def _most_changed(network: Network, plain: TokenBatch, unknown: Collection[int]) -> int:
    """The word, from 0, that holds the token whose vector changes most; a known one if it can."""
    batch, word_ids = Batch.of_tokens(plain), plain.word_ids[0]
    before = network.embedding(batch.input_ids, batch.feature_ids)[0]
    changed = distance(before, network(batch)[0]).numpy()
    is_known = ~np.isin(word_ids, list(unknown))
    if is_known.any():
        changed = np.where(is_known, changed, -np.inf)
    return int(word_ids[changed.argmax()])


def _traced(work: LayerAtWork) -> TracedLayer:
    """A layer's numbers, of the batch's only sentence."""
    return TracedLayer(
        scores=attention_scores(work.query, work.key)[0]
        .masked_fill(~work.sees[0], -torch.inf)
        .numpy(),
        weights=work.weights[0].numpy(),
        values=work.value[0].numpy(),
        mixed=work.mixed[0].numpy(),
        joined=join_heads(work.mixed)[0].numpy(),
    )


def _predictions(
    logits: Float[Tensor, "asked class"],
    network: Network,
    question: SentenceQuestion,
    words: Sequence[str],
    classes: tuple[str, ...],
) -> tuple[Prediction, ...]:
    shape = network.shape
    subject = wording_of(shape.objective).subject
    about = shape.asked or ((subject,) if subject else words)
    best = logits.topk(min(CLASSES, len(classes)), dim=-1).indices
    chances = logits.softmax(dim=-1)
    p = chances.gather(1, best)
    chosen = network.choose(logits, question.row, question.place)
    sure = chances.numpy()[np.arange(len(chosen)), chosen]
    return tuple(
        Prediction(
            what,
            labels=tuple(classes[i] for i in ids),
            probabilities=tuple(values),
            answer=classes[answer],
            confidence=confidence,
        )
        for what, ids, values, answer, confidence in zip(
            about, best.tolist(), p.tolist(), chosen.tolist(), sure.tolist(), strict=True
        )
    )
