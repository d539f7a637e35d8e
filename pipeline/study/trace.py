"""One sentence through a trained network -> every number on the way from words to predictions."""

from dataclasses import dataclass, fields

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.attention import LayerAtWork, attention_scores, join_heads
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape, classes_of
from pipeline.study.contributions import Asked, ask
from pipeline.study.neighbours import Neighbour, embedded_words, nearest
from pipeline.tokens.asked import hide_each_word, last_tokens
from pipeline.tokens.batches import TokenBatch, batch_of_sentences
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.tokenizer import MASK, SPECIAL
from pipeline.tokens.words import Text, words_of

CLASSES = 3
"""Most likely classes that are told of each word."""
NEIGHBOURS = 3


@dataclass(frozen=True)
class TracedLayer:
    """What one layer's heads do with the sentence."""

    scores: Float[np.ndarray, "head query key"]
    """Before the softmax, of tokens that are not seen too."""
    weights: Float[np.ndarray, "head query key"]
    values: Float[np.ndarray, "head key d_head"]
    mixed: Float[np.ndarray, "head query d_head"]
    """Each head's weighted sum of the values."""
    joined: Float[np.ndarray, "query d_model"]
    """The heads' sums side by side."""


@dataclass(frozen=True)
class TokenChange:
    """What the network made of a token's vector.

    Both lists name the nearest of the embedded words (vocabulary row and sub-word parts, without a
    position): `before` to the token's embedding, itself left out; `after` to its output vector.
    """

    distance: float
    """1 - the cosine of embedding and output vector, in [0, 2]."""
    before: tuple[Neighbour, ...]
    after: tuple[Neighbour, ...]


@dataclass(frozen=True)
class WordPrediction:
    """The most likely classes of a word, the first first, with probabilities in [0, 1]."""

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Trace:
    """A sentence's numbers in the order in which the data flows.

    A masked-word model sees the sentence with the word asked about hidden; each word's prediction
    is made with that word hidden, as `Predictor` makes it.
    """

    shape: ModelShape
    words: tuple[str, ...]
    tokens: tuple[str, ...]
    input_ids: Int[np.ndarray, " token"]
    word_ids: Int[np.ndarray, " token"]
    embedding: Float[np.ndarray, "token d_model"]
    layers: tuple[TracedLayer, ...]
    output: Float[np.ndarray, "token d_model"]
    """After the last norm."""
    changes: tuple[TokenChange, ...]
    predictions: tuple[WordPrediction, ...]
    asked: Asked

    @property
    def most_changed(self) -> int:
        """The word, from 0, that holds the token whose vector changed most."""
        return int(self.word_ids[np.argmax([change.distance for change in self.changes])])

    @property
    def has_word_parts(self) -> bool:
        """Whether sub-word parts are added into the embedding that the answer is read at."""
        return self.shape.feature_rows > 0 and int(self.input_ids[self.asked.token]) != MASK


def window(count: int, at: int, most: int) -> range:
    """`most` places around `at`, or all."""
    start = max(0, min(at - most // 2, count - most))
    return range(start, min(count, start + most))


@torch.inference_mode()
def trace_sentence(
    network: Network, encoding: Encoding, sentence: Text, word: int | None = None
) -> Trace:
    """Follow a sentence through the network, and word number `word` (from 1) to its prediction.

    Without a number, the word whose vector changes most in the sentence as it is written.

    Raises:
        ValueError: no word, more tokens than the model was made for, or no word of that number.
    """
    words = _words_of(sentence, word)
    plain = batch_of_sentences(encoding, [words])
    asked = _most_changed(network, plain) if word is None else word - 1
    logits, seen, at = _answers(network, encoding, words, plain, asked)
    batch, layers = Batch.of(seen), list[TracedLayer]()
    embedding = network.embedding(batch.input_ids, batch.feature_ids)
    output = network.contextualise(embedding, batch, lambda work: layers.append(_traced(work)))[0]
    texts = encoding.token_texts(words)
    is_hidden = seen.input_ids[0] == MASK
    return Trace(
        shape=network.shape,
        words=tuple(words),
        tokens=tuple(SPECIAL[MASK] if h else t for h, t in zip(is_hidden, texts, strict=True)),
        input_ids=seen.input_ids[0],
        word_ids=seen.word_ids[0],
        embedding=embedding[0].numpy(),
        layers=tuple(layers),
        output=output.numpy(),
        changes=_changes(network, encoding, embedding[0], output, batch.input_ids[0]),
        predictions=_predictions(logits, classes_of(network.shape, encoding)),
        asked=ask(network, batch, asked, at, logits[asked], classes_of(network.shape, encoding)),
    )


def _words_of(sentence: Text, word: int | None) -> list[str]:
    words = words_of(sentence)
    if word is not None and not 1 <= word <= len(words):
        raise ValueError(
            f"expected the number of a word from 1 to {len(words)}, got {word}: "
            f"count the words as the trace lists them"
        )
    return words


def _most_changed(network: Network, plain: TokenBatch) -> int:
    batch = Batch.of(plain)
    before = network.embedding(batch.input_ids, batch.feature_ids)[0]
    return int(plain.word_ids[0][int(_distance(before, network(batch)[0]).argmax())])


def _answers(
    network: Network, encoding: Encoding, words: list[str], plain: TokenBatch, asked: int
) -> tuple[Float[Tensor, "word class"], TokenBatch, int]:
    """Every word's logits; the sentence as it is traced; the token whose vector is read there."""
    if network.shape.objective == "tagging":
        where, tokens = last_tokens(plain), plain
        seen, at = plain, int(where[asked])
    else:
        tokens, where = hide_each_word(batch_of_sentences(encoding, [words] * len(words)))
        rows = {
            field.name: getattr(tokens, field.name)[asked : asked + 1] for field in fields(tokens)
        }
        seen, at = TokenBatch(**rows), int(where[asked] % tokens.input_ids.shape[1])
    vectors = network(Batch.of(tokens))
    return network.logits(vectors, torch.from_numpy(where)), seen, at


def _traced(work: LayerAtWork) -> TracedLayer:
    """A layer's numbers, of the batch's only sentence."""
    return TracedLayer(
        scores=attention_scores(work.query, work.key)[0].numpy(),
        weights=work.weights[0].numpy(),
        values=work.value[0].numpy(),
        mixed=work.mixed[0].numpy(),
        joined=join_heads(work.mixed)[0].numpy(),
    )


def _distance(
    before: Float[Tensor, "token d_model"], after: Float[Tensor, "token d_model"]
) -> Float[Tensor, " token"]:
    return 1 - torch.nn.functional.cosine_similarity(before, after, dim=-1)


def _changes(
    network: Network,
    encoding: Encoding,
    before: Float[Tensor, "token d_model"],
    after: Float[Tensor, "token d_model"],
    input_ids: Int[Tensor, " token"],
) -> tuple[TokenChange, ...]:
    words = embedded_words(network, encoding)
    found = zip(
        _distance(before, after).tolist(),
        nearest(before, words, encoding, NEIGHBOURS, left_out=input_ids.long()),
        nearest(after, words, encoding, NEIGHBOURS),
        strict=True,
    )
    return tuple(TokenChange(*change) for change in found)


def _predictions(
    logits: Float[Tensor, "word class"], classes: tuple[str, ...]
) -> tuple[WordPrediction, ...]:
    best = logits.topk(min(CLASSES, len(classes)), dim=-1).indices
    p = logits.softmax(dim=-1).gather(1, best)
    return tuple(
        WordPrediction(labels=tuple(classes[i] for i in ids), probabilities=tuple(values))
        for ids, values in zip(best.tolist(), p.tolist(), strict=True)
    )
