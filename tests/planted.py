"""Encoders whose weights are set by hand, so that what every head does is known.

Eight-token sentences at most, of six token ids. A vector is the sum of two signs, one for the
token and one for its place, in features that nothing else uses. Every vector has the same mean and
spread, so the norm before the attention can be undone by its own weight and bias.
"""

import copy
import math

import numpy as np
import torch
from small_objectives import OBJECTIVES

from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape
from pipeline.objectives.question import Question
from pipeline.params.encoder import EncoderParams
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import LEARNED

VOCAB, PLACES, D_HEAD = 6, 8, 8
SHARP = 400.0
"""Scores of a match: exp(-400 / sqrt(8)) is 0 in single precision, so the weights are 0 and 1."""

PREVIOUS, UNIFORM, FIRST, EQUAL, DEAD, TWIN = range(6)
"""What each head of a layer does. DEAD looks at the next token and writes nothing; TWIN is PREVIOUS
again, weight for weight. At the edges of a sentence, PREVIOUS looks at the token itself and DEAD
evenly at all tokens."""

CLASSES = tuple(f"after {token}" for token in range(VOCAB))

N_HEADS = 6
D_MODEL = N_HEADS * D_HEAD
PLACE = VOCAB  # features 0 to 5 say which token, 6 to 13 which place
WRITTEN = {PREVIOUS: 14, TWIN: 14, FIRST: 20, EQUAL: 26, UNIFORM: 32}
"""The first of six features into which a head writes the tokens that it sees."""


def planted_network(n_layers: int = 1) -> Network:
    """Every layer has the six heads. The tagger names the previous token, the first its own.

    Only the first layer writes; in the others, every head is dead but for its weights.
    """
    encoder = EncoderParams(
        d_model=D_MODEL, n_heads=N_HEADS, n_layers=n_layers, d_ff=8, dropout=0.0, part_dropout=0.0,
        positions="learned",
        attention="learned",
    )  # fmt: skip
    shape = ModelShape(
        objective=OBJECTIVES["tagging"], vocab_size=VOCAB, special=LEARNED,
        feature_rows=0, max_length=PLACES,
        classes=CLASSES, asked=None, encoder=encoder,
    )  # fmt: skip
    network = Network(shape).eval().requires_grad_(False)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.embedding.token.weight[:, :VOCAB] = torch.eye(VOCAB)
        network.embedding.position.weight[:, PLACE : PLACE + PLACES] = torch.eye(PLACES)
        for block in network.encoder.blocks:
            mean = 2 / D_MODEL
            block.attention_norm.weight.fill_(math.sqrt(mean - mean**2 + 1e-5))
            block.attention_norm.bias.fill_(mean)
            _plant(block.attention, writes=block is network.encoder.blocks[0])
        network.encoder.norm.weight.fill_(1.0)
        network.head.label.weight[:, 14 : 14 + VOCAB] = 2 * torch.eye(VOCAB)
    return network


def random_network() -> Network:
    """Two layers of four heads that all matter a little."""
    network = _network_of(d_model=16, n_heads=4, n_layers=2)
    random = torch.Generator().manual_seed(3)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=random) * 0.6
    return network


def small_network() -> tuple[Network, torch.Generator]:
    """One layer of two heads of 4 features as training begins, and the generator of its table."""
    network = _network_of(d_model=8, n_heads=2)
    random = torch.Generator().manual_seed(1)
    network.initialise(torch.randn(VOCAB, 8, generator=random), seed=2)
    return network, random


def _network_of(**encoder: int) -> Network:
    """As the planted network, but for these settings and without its weights."""
    shape = planted_network().shape
    changed = shape.encoder.model_copy(update=encoder)
    network = Network(shape.model_copy(update={"encoder": changed}))
    return network.eval().requires_grad_(False)


def without_head(network: Network, layer: int, head: int) -> Network:
    """A copy whose W^O has no columns for this head, from 0."""
    changed = copy.deepcopy(network)
    d_head = network.shape.encoder.d_model // network.shape.encoder.n_heads
    with torch.no_grad():
        output = changed.encoder.blocks[layer].attention.output
        output.weight[:, head * d_head : (head + 1) * d_head] = 0
    return changed


def _plant(attention, writes: bool) -> None:
    query, key, value = attention.query_key_value.weight.view(3, N_HEADS, D_HEAD, D_MODEL)
    query_bias = attention.query_key_value.bias.view(3, N_HEADS, D_HEAD)[0]
    for place in range(PLACES):
        for head, target in (
            (PREVIOUS, max(place - 1, 0)), (TWIN, max(place - 1, 0)), (DEAD, place + 1)
        ):  # fmt: skip
            if target < PLACES:
                query[head, target, PLACE + place] = SHARP
        for head in (PREVIOUS, TWIN, DEAD, FIRST):
            key[head, place, PLACE + place] = 1.0
    query_bias[FIRST, 0] = SHARP
    query[EQUAL, :VOCAB, :VOCAB] = SHARP * torch.eye(VOCAB)
    key[EQUAL, :VOCAB, :VOCAB] = torch.eye(VOCAB)
    value[:, :VOCAB, :VOCAB] = torch.eye(VOCAB)
    if writes:
        for head, first in WRITTEN.items():
            attention.output.weight[
                first : first + VOCAB, head * D_HEAD : head * D_HEAD + VOCAB
            ] = torch.eye(VOCAB)


def swap_heads(network: Network, layer: int, one: int, other: int) -> None:
    """Exchange what two heads of a layer look at; what they write stays in its place."""
    attention = network.encoder.blocks[layer].attention
    for part in (attention.query_key_value.weight, attention.query_key_value.bias):
        heads = part.view(3, N_HEADS, D_HEAD, -1)
        heads[:2, [one, other]] = heads[:2, [other, one]]


def planted_tokens(*sentences: list[int]) -> TokenBatch:
    """A padded batch of these token ids (1 to 5: 0 is padding), a word each."""
    width = max(len(sentence) for sentence in sentences)
    size = (len(sentences), width)
    ids = np.zeros(size, np.int32)
    for row, sentence in enumerate(sentences):
        ids[row, : len(sentence)] = sentence
    return TokenBatch(
        sentence=np.arange(len(sentences)),
        input_ids=ids,
        feature_ids=np.zeros((*size, 0), np.int32),
        word_ids=np.tile(np.arange(width), (len(sentences), 1)),
        ends_word=ids > 0,
        is_token=ids > 0,
        token_number=np.arange(ids.size).reshape(size),
    )


def ask_before(tokens: TokenBatch) -> Question:
    """At each token, which one stands before it; at a sentence's first, which one it is."""
    ids = tokens.input_ids.astype(np.int64)
    before = np.concatenate([ids[:, :1], ids[:, :-1]], axis=1)
    return Question(tokens, np.where(tokens.is_token, before, -1), tokens.word_ids)


def planted_batch(*sentences: list[int]) -> Batch:
    """These token ids, each asked for the token before it."""
    return Batch.of(ask_before(planted_tokens(*sentences)))


def planted_store(*sentences: list[int]) -> TokenStore:
    """A split of these token ids, a word each."""
    ids = np.concatenate(sentences).astype(np.int32)
    return TokenStore(
        offsets=np.cumsum([0, *map(len, sentences)]),
        input_ids=ids,
        feature_ids=np.zeros((len(ids), 0), np.int32),
        word_ids=np.concatenate([np.arange(len(one)) for one in sentences]).astype(np.int32),
        ends_word=np.ones(len(ids), dtype=bool),
    )


INDUCTION = EQUAL
"""The place of the induction head in the second layer of `induction_network`."""


def induction_network():
    """In the second layer, INDUCTION looks at what came after an earlier place of the token.

    The first layer's PREVIOUS writes into each token which one stands before it; INDUCTION asks
    for its own token there (Olsson et al. 2022). Of the places that answer it takes those of the
    earlier half, of PLACES - 2 tokens, but for the first, which has nothing before it.
    """
    network = planted_network(n_layers=2)
    first, second = (block.attention for block in network.encoder.blocks)
    written = WRITTEN[PREVIOUS]
    with torch.no_grad():
        first.output.weight.zero_()
        first.output.weight[
            written : written + VOCAB, PREVIOUS * D_HEAD : PREVIOUS * D_HEAD + VOCAB
        ] = torch.eye(VOCAB)
        mean = 3 / D_MODEL  # a vector is now of three signs
        norm = network.encoder.blocks[1].attention_norm
        norm.weight.fill_(math.sqrt(mean - mean**2 + 1e-5))
        norm.bias.fill_(mean)
        query, key, _ = second.query_key_value.weight.view(3, N_HEADS, D_HEAD, D_MODEL)
        query[INDUCTION], key[INDUCTION] = 0, 0
        query[INDUCTION, :VOCAB, :VOCAB] = SHARP * torch.eye(VOCAB)
        key[INDUCTION, :VOCAB, written : written + VOCAB] = torch.eye(VOCAB)
        second.query_key_value.bias.view(3, N_HEADS, D_HEAD)[0, INDUCTION, VOCAB] = SHARP
        half = (PLACES - 2) // 2
        key[INDUCTION, VOCAB, PLACE + 1 : PLACE + half + 1] = 1.0
    return network
