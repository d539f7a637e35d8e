"""Queries, keys and values -> weights and weighted sums: attention itself, as pure functions."""

import math

from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (torch's own convention)


def attention_scores(
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch head key d_head"],
) -> Float[Tensor, "batch head query key"]:
    """How well each query matches each key.

    Q K^T / sqrt(d_head) (Vaswani et al. 2017, eq. 1): the division keeps the spread of the scores
    independent of d_head, so that the softmax does not saturate.
    """
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])


def attention_weights(
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch head key d_head"],
    is_token: Bool[Tensor, "batch key"] | None,
) -> Float[Tensor, "batch head query key"]:
    """How much each query position looks at each key position.

    softmax(Q K^T / sqrt(d_head)) over the key axis (Vaswani et al. 2017, eq. 1).
    Each row sums to 1; a padding key (is_token False) gets exactly 0. None: every key is a token.
    """
    scores = attention_scores(query, key)
    if is_token is not None:
        scores = scores.masked_fill(~is_token[:, None, None, :], -math.inf)
    return scores.softmax(dim=-1)


def attend(
    weights: Float[Tensor, "batch head query key"],
    value: Float[Tensor, "batch head key d_head"],
) -> Float[Tensor, "batch head query d_head"]:
    """Mix the values, each by its weight: the second half of Vaswani et al. 2017, eq. 1."""
    return weights @ value


def fused_attention(
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch head key d_head"],
    value: Float[Tensor, "batch head key d_head"],
    is_token: Bool[Tensor, "batch key"] | None,
) -> Float[Tensor, "batch head query d_head"]:
    """attend(attention_weights(query, key), value) in one kernel, the weights never in memory."""
    mask = None if is_token is None else is_token[:, None, None, :]
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
