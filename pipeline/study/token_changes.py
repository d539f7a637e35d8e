"""A token's embedding and its output vector -> how far they are apart, and what lies near them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.model.network import Network
from pipeline.study.neighbours import Neighbour, embedded_words, nearest
from pipeline.tokens.encoding import Encoding

NEIGHBOURS = 3
"""Words that are told of each vector."""


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


def distance(
    before: Float[Tensor, "token d_model"], after: Float[Tensor, "token d_model"]
) -> Float[Tensor, " token"]:
    """Of each token, 1 - the cosine of its two vectors."""
    return 1 - torch.nn.functional.cosine_similarity(before, after, dim=-1)


def token_changes(
    network: Network,
    encoding: Encoding,
    before: Float[Tensor, "token d_model"],
    after: Float[Tensor, "token d_model"],
    input_ids: Int[Tensor, " token"],
) -> tuple[TokenChange, ...]:
    """What became of each token, from before the layers to after them."""
    words = embedded_words(network, encoding)
    found = zip(
        distance(before, after).tolist(),
        nearest(before, words, encoding, NEIGHBOURS, left_out=input_ids.long()),
        nearest(after, words, encoding, NEIGHBOURS),
        strict=True,
    )
    return tuple(TokenChange(*change) for change in found)
