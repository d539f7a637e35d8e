import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.attention import Visibility, attend, attention_weights, fused_attention

EVERYTHING = Visibility(None, is_causal=False)


def random_heads(seed: int, batch: int = 2, head: int = 3, token: int = 5, d_head: int = 4):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, batch, head, token, d_head, generator=generator).unbind()


def test_two_tokens_by_hand():
    # One head of one feature: scores are q * k, so softmax(1 * [0, ln 3]) = [1/4, 3/4].
    query = torch.ones(1, 1, 1, 1)
    key = torch.tensor([0.0, math.log(3)]).view(1, 1, 2, 1)
    weights = attention_weights(query, key, EVERYTHING)
    torch.testing.assert_close(weights, torch.tensor([0.25, 0.75]).view(1, 1, 1, 2))
    mixed = attend(weights, torch.tensor([4.0, 8.0]).view(1, 1, 2, 1))
    assert mixed.item() == pytest.approx(7.0)


def test_scores_are_divided_by_the_root_of_the_head_width():
    query = torch.ones(1, 1, 1, 16)
    key = torch.stack([torch.zeros(16), torch.full((16,), 0.25)]).view(1, 1, 2, 16)
    # 16 * 0.25 / sqrt(16) = 1, so the second weight is e / (1 + e).
    second = attention_weights(query, key, EVERYTHING)[0, 0, 0, 1]
    assert second.item() == pytest.approx(math.e / (1 + math.e))


@given(seed=st.integers(0, 1000), kept=st.integers(1, 5))
def test_padding_is_never_attended_and_rows_sum_to_one(seed, kept):
    query, key, _ = random_heads(seed)
    is_token = (torch.arange(5) < kept).expand(2, 5)
    weights = attention_weights(query, key, Visibility(is_token, is_causal=False))
    assert (weights[..., kept:] == 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 5))


@given(seed=st.integers(0, 1000), kept=st.integers(1, 5))
def test_the_fused_kernel_agrees_with_the_explicit_softmax(seed, kept):
    query, key, value = random_heads(seed)
    for is_token in (None, (torch.arange(5) < kept).expand(2, 5)):
        visibility = Visibility(is_token, is_causal=False)
        explicit = attend(attention_weights(query, key, visibility), value)
        torch.testing.assert_close(fused_attention(query, key, value, visibility), explicit)


@given(seed=st.integers(0, 1000))
def test_the_order_of_the_keys_does_not_matter(seed):
    query, key, value = random_heads(seed)
    order = torch.randperm(5, generator=torch.Generator().manual_seed(seed))
    mixed = attend(attention_weights(query, key, EVERYTHING), value)
    shuffled = attend(attention_weights(query, key[:, :, order], EVERYTHING), value[:, :, order])
    torch.testing.assert_close(shuffled, mixed)
