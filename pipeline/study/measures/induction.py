"""Does a head look at what came after the same token before? On random tokens, said twice."""

from collections.abc import Iterator

import numpy as np
import torch

from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import Material, Measure, RowFigures, RowMeans, Seen
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.features import NO_FEATURE
from pipeline.tokens.keyed import keyed_bits

SEQUENCES, LONGEST = 32, 25
"""How many sequences there are, and how many tokens each says twice, where the model has room."""

INDUCTION = About(
    "induction",
    Family.LOOKS,
    title="induction score",
    unit="",
    meaning="Random tokens, written twice: the weight on the token that came next the first time.",
    caveat="Random tokens are not text, and a head that always looks equally far back gets a high "
    "score too. A model that sees both sides has nothing to continue: the score says where the "
    "head looks, not why.",
    source="Olsson et al. 2022, the prefix matching of repeated random tokens",
    headline=Headline("induction", 46),
)


def repeated_tokens(material: Material) -> Iterator[Seen]:
    """Sequences x_1 ... x_n x_1 ... x_n of random tokens, a batch of them.

    The n tokens of a sequence differ, so that each has one earlier place; none is special, all
    others are as likely. They are of no word, so they have no features of words. n is LONGEST, or
    what the positions and the vocabulary have room for; below 2 there is no batch.
    """
    shape = material.network.shape
    words = shape.vocabulary.words
    n = min(LONGEST, shape.max_length // 2, len(words))
    if n < 2:
        return
    every = np.arange(SEQUENCES * len(words)).reshape(SEQUENCES, -1)
    drawn = np.argsort(keyed_bits(every, material.seed, "induction"), axis=1, kind="stable")[:, :n]
    ids = np.tile(words[drawn], 2).astype(np.int32)
    slots = material.split.feature_ids.shape[1]
    place = np.broadcast_to(np.arange(2 * n), ids.shape)
    tokens = TokenBatch(
        sentence=np.arange(SEQUENCES),
        input_ids=ids,
        feature_ids=np.full((*ids.shape, slots), NO_FEATURE, np.int32),
        word_ids=place.astype(np.int32),
        ends_word=np.ones(ids.shape, dtype=bool),
        is_token=np.ones(ids.shape, dtype=bool),
        token_number=np.arange(ids.size).reshape(ids.shape),
    )
    yield Seen(tokens, Batch.of_tokens(tokens), torch.from_numpy(ids))


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """a_i(i - n + 1) of the tokens i of the second saying, n tokens apart from the first.

    The token n before is the same, and i - n + 1 came after it (Olsson et al. 2022).
    """
    tokens = work.weights.shape[-1]
    n = tokens // 2
    on_next = work.weights.diagonal(offset=1 - n, dim1=-2, dim2=-1)  # from the n-th token on
    values = torch.zeros_like(work.weights[..., 0])
    values[..., n - 1 :] = on_next
    is_second = torch.arange(tokens, device=values.device) >= n
    yield INDUCTION, values, work.real_rows & is_second


MEASURE = Measure((INDUCTION,), lambda _: RowMeans(figures), reads=repeated_tokens)
