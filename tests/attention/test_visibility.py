import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from pipeline.attention import (
    MultiHeadAttention,
    Visibility,
    attend,
    attention_weights,
    fused_attention,
)

IS_TOKEN = torch.tensor([[True] * 5, [True] * 3 + [False] * 2, [False] + [True] * 4])
CPU = torch.device("cpu")


def heads(dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(3, 3, 2, 5, 4, generator=generator, dtype=dtype).unbind()


def test_a_causal_token_sees_itself_and_those_before_it():
    expected = torch.tensor([[1, 0, 0], [1, 1, 0], [1, 1, 1]]).bool()
    causal = Visibility(None, is_causal=True)
    assert torch.equal(causal.mask(3, CPU)[0, 0], expected)
    assert torch.equal(causal.pairs(2, 3, CPU), expected.expand(2, 3, 3))
    hidden = Visibility(torch.tensor([[False, True, True]]), is_causal=True)
    expected = torch.tensor([[0, 0, 0], [0, 1, 0], [0, 1, 1]]).bool()
    assert torch.equal(hidden.mask(3, CPU)[0, 0], expected)
    assert torch.equal(hidden.pairs(1, 3, CPU)[0], expected)


def test_without_padding_and_looking_both_ways_no_mask_is_needed():
    every = Visibility(None, is_causal=False)
    assert every.mask(3, CPU) is None
    assert every.pairs(2, 3, CPU).all()


def test_padding_sees_nothing_and_is_seen_by_none():
    pairs = Visibility(torch.tensor([[True, True, False]]), is_causal=False).pairs(1, 3, CPU)
    assert pairs[0].tolist() == [[True, True, False], [True, True, False], [False] * 3]


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("is_token", [None, IS_TOKEN])
def test_explicit_and_fused_are_torchs_plain_masked_softmax(is_token, is_causal):
    query, key, value = heads()
    visibility = Visibility(is_token, is_causal)
    sees = torch.ones(3, 1, 5, 5, dtype=torch.bool)
    if is_causal:
        sees = sees & torch.ones(5, 5).tril().bool()
    if is_token is not None:
        sees = sees & is_token[:, None, None]
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=sees)
    weights = attention_weights(query, key, visibility)
    torch.testing.assert_close(attend(weights, value), expected)
    torch.testing.assert_close(fused_attention(query, key, value, visibility), expected)
    assert (weights[~sees.expand_as(weights)] == 0).all()
    sums = weights.sum(dim=-1)
    torch.testing.assert_close(sums, sees.any(dim=-1).expand_as(sums).to(sums.dtype))


def test_a_row_that_sees_nothing_takes_nothing_and_poisons_no_gradient():
    query, key, value = (one.requires_grad_() for one in heads())
    visibility = Visibility(IS_TOKEN, is_causal=True)  # the third sentence's first row
    weights = attention_weights(query, key, visibility)
    assert (weights[2, :, 0] == 0).all()
    for mixed in (attend(weights, value), fused_attention(query, key, value, visibility)):
        assert (mixed[2, :, 0] == 0).all()
        for slope in torch.autograd.grad(mixed.square().sum(), (query, key, value)):
            assert slope.isfinite().all()


def test_causal_weights_by_hand():
    # One head of one feature: scores are q * k = ln 1, ln 3, ln 4, so each row's weights go as
    # 1 : 3 : 4 among the keys that it sees.
    query = torch.ones(1, 1, 3, 1)
    key = torch.tensor([1.0, 3.0, 4.0]).log().view(1, 1, 3, 1)
    weights = attention_weights(query, key, Visibility(None, is_causal=True))[0, 0]
    expected = torch.tensor([[1, 0, 0], [1 / 4, 3 / 4, 0], [1 / 8, 3 / 8, 4 / 8]])
    torch.testing.assert_close(weights, expected)


@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("padded", [True, False])
def test_causal_multi_head_attention_is_torchs(explicit, training, padded):
    theirs = nn.MultiheadAttention(32, 4, batch_first=True).train(training)
    ours = MultiHeadAttention(32, 4).train(training)
    with torch.no_grad():
        ours.query_key_value.weight.copy_(theirs.in_proj_weight)
        ours.query_key_value.bias.copy_(theirs.in_proj_bias.normal_())
        ours.output.load_state_dict(theirs.out_proj.state_dict())
    vectors = torch.randn(2, 6, 32, generator=torch.Generator().manual_seed(2), requires_grad=True)
    is_token = torch.arange(6) < torch.tensor([[6], [4]]) if padded else None
    later = torch.ones(6, 6).triu(1).bool()
    expected, weights = theirs(
        vectors, vectors, vectors, attn_mask=later, average_attn_weights=False,
        key_padding_mask=None if is_token is None else ~is_token,
    )  # fmt: skip
    seen = []

    def act(work):
        seen.append(work)
        return work.mixed if explicit else None

    found = ours(vectors, Visibility(is_token, is_causal=True), None, act)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(seen[0].weights, weights)
    (their_slope,) = torch.autograd.grad(expected.square().sum(), vectors)
    (our_slope,) = torch.autograd.grad(found.square().sum(), vectors)
    torch.testing.assert_close(our_slope, their_slope)


def test_how_many_tokens_each_sees_is_counted_among_tokens_alone():
    seen = []
    vectors = torch.randn(3, 5, 8)
    attention = MultiHeadAttention(8, 2)
    attention(vectors, Visibility(IS_TOKEN, is_causal=True), None, seen.append)
    attention(vectors, Visibility(IS_TOKEN, is_causal=False), None, seen.append)
    attention(vectors, Visibility(None, is_causal=False), None, seen.append)
    causal, both, every = seen
    assert causal.n_seen.tolist() == [[1, 2, 3, 4, 5], [1, 2, 3, 0, 0], [0, 1, 2, 3, 4]]
    assert both.n_seen.tolist() == [[5] * 5, [3] * 3 + [0] * 2, [0] + [4] * 4]
    assert every.n_seen.tolist() == [[5] * 5] * 3
    assert torch.equal(causal.real_rows, IS_TOKEN[:, None])
    assert every.real_rows.all()


def test_w_o_by_head_writes_what_the_joined_heads_write():
    attention, seen = MultiHeadAttention(32, 4), []
    nn.init.normal_(attention.output.bias)
    made = attention(torch.randn(2, 5, 32), Visibility(None, is_causal=False), None, seen.append)
    (work,) = seen
    by_head = torch.einsum("bhqd,hdm->bqm", work.mixed, work.output) + work.output_bias
    torch.testing.assert_close(by_head, made)
    assert math.prod(work.output.shape) == 32 * 32


@pytest.mark.parametrize("is_causal", [True, False])
@pytest.mark.parametrize("explicit", [True, False])
def test_even_heads_give_the_mean_of_the_values_that_a_token_sees(is_causal, explicit):
    attention = MultiHeadAttention(8, 2, is_even=True)
    nn.init.normal_(attention.query_key_value.bias)
    vectors = torch.randn(3, 5, 8, generator=torch.Generator().manual_seed(3))
    seen = []

    def act(work):
        seen.append(work)
        return work.mixed if explicit else None

    found = attention(vectors, Visibility(IS_TOKEN, is_causal), None, act)
    sees = seen[0].sees.float()
    weight, bias = (it.chunk(3)[2] for it in attention.query_key_value.parameters())
    values = vectors @ weight.T + bias
    mean = (sees @ values) / sees.sum(dim=-1, keepdim=True)
    torch.testing.assert_close(found[IS_TOKEN], attention.output(mean)[IS_TOKEN])


def test_nothing_that_queries_or_keys_learn_reaches_even_heads():
    attention = MultiHeadAttention(8, 2, is_even=True)
    found = attention(torch.randn(2, 4, 8), Visibility(None, is_causal=False), None)
    found.square().sum().backward()
    query, key, value = attention.query_key_value.weight.grad.chunk(3)
    assert (query == 0).all()
    assert (key == 0).all()
    assert (value != 0).any()
