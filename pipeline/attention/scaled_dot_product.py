"""Queries, keys and values -> weights and weighted sums: attention itself, as pure functions."""

import math

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (torch's own convention)

from pipeline.attention.visibility import Visibility


def attention_scores(
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch head key d_head"],
) -> Float[Tensor, "batch head query key"]:
    """How well each query matches each key, seen or not.

    Q K^T / sqrt(d_head) (Vaswani et al. 2017, eq. 1): the division keeps the spread of the scores
    independent of d_head, so that the softmax does not saturate.
    """
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])


def attention_weights(
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch head key d_head"],
    visibility: Visibility,
) -> Float[Tensor, "batch head query key"]:
    """How much each query position looks at each key position.

    softmax(Q K^T / sqrt(d_head)) over the key axis (Vaswani et al. 2017, eq. 1).
    A key that is not seen gets exactly 0. Each row sums to 1; one that sees no key is all 0.
    """
    scores = attention_scores(query, key)
    is_seen = visibility.mask(key.shape[-2], key.device)
    if is_seen is None:
        return scores.softmax(dim=-1)
    weights = scores.masked_fill(~is_seen, -math.inf).softmax(dim=-1)
    return weights.masked_fill(~is_seen.any(dim=-1, keepdim=True), 0)


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
    visibility: Visibility,
) -> Float[Tensor, "batch head query d_head"]:
    """`attend` by `attention_weights`, rounding aside, in one call of torch that keeps no weights.

    Rows of padding mean nothing.
    """
    if visibility.is_token is None:
        return F.scaled_dot_product_attention(query, key, value, is_causal=visibility.is_causal)
    mask = visibility.mask(key.shape[-2], key.device)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
