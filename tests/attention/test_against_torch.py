"""Our attention and our block against torch's own, with copied weights."""

import pytest
import torch
from torch import nn

from pipeline.attention import (
    Block,
    Encoder,
    MultiHeadAttention,
    Visibility,
    join_heads,
)
from pipeline.attention.multi_head import split_heads

D_MODEL, N_HEADS, D_FF = 32, 4, 48


def copy_attention(ours: MultiHeadAttention, theirs: nn.MultiheadAttention) -> None:
    with torch.no_grad():
        ours.query_key_value.weight.copy_(theirs.in_proj_weight)
        ours.query_key_value.bias.copy_(theirs.in_proj_bias)
        ours.output.weight.copy_(theirs.out_proj.weight)
        ours.output.bias.copy_(theirs.out_proj.bias)


def copy_block(ours: Block, theirs: nn.TransformerEncoderLayer) -> None:
    copy_attention(ours.attention, theirs.self_attn)
    ours.attention_norm.load_state_dict(theirs.norm1.state_dict())
    ours.feed_forward_norm.load_state_dict(theirs.norm2.state_dict())
    ours.widen.load_state_dict(theirs.linear1.state_dict())
    ours.narrow.load_state_dict(theirs.linear2.state_dict())


def their_layer(dropout: float) -> nn.TransformerEncoderLayer:
    theirs = nn.TransformerEncoderLayer(
        D_MODEL, N_HEADS, D_FF, dropout, activation="gelu", norm_first=True, batch_first=True
    )
    for parameter in theirs.parameters():  # biases start at 0 and norms at 1: nothing to compare
        nn.init.normal_(parameter, std=0.2)
    theirs.self_attn.dropout = 0.0  # ours has no dropout on the weights
    # Dropout draws in the order of memory, and torch's attention leaves its result transposed.
    theirs.dropout1.register_forward_pre_hook(lambda _, given: (given[0].contiguous(),))
    return theirs


@pytest.fixture
def vectors():
    torch.manual_seed(0)
    return torch.randn(3, 7, D_MODEL, requires_grad=True)


def explicitly(work):
    return work.mixed


@pytest.fixture
def is_token():
    return torch.arange(7) < torch.tensor([[7], [4], [1]])


@pytest.mark.parametrize("act", [explicitly, None])
@pytest.mark.parametrize("training", [True, False])
def test_multi_head_attention_is_torchs(vectors, is_token, act, training):
    theirs = nn.MultiheadAttention(D_MODEL, N_HEADS, batch_first=True).train(training)
    ours = MultiHeadAttention(D_MODEL, N_HEADS).train(training)
    copy_attention(ours, theirs)
    expected, weights = theirs(
        vectors, vectors, vectors, key_padding_mask=~is_token, average_attn_weights=False
    )
    seen = []
    visibility = Visibility(is_token, is_causal=False)
    torch.testing.assert_close(ours(vectors, visibility, None, act), expected)
    ours(vectors, visibility, None, seen.append)
    torch.testing.assert_close(seen[0].weights, weights)


@pytest.mark.parametrize("act", [explicitly, None])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("training", [True, False])
def test_the_block_and_its_gradients_are_torchs(vectors, is_token, act, dropout, training):
    theirs = their_layer(dropout).train(training)
    ours = Block(D_MODEL, N_HEADS, D_FF, dropout).train(training)
    copy_block(ours, theirs)
    real = is_token[..., None]
    torch.manual_seed(1)  # in training both draw the same dropout
    expected = theirs(vectors, src_key_padding_mask=~is_token) * real
    torch.manual_seed(1)
    found = ours(vectors, Visibility(is_token, is_causal=False), None, act).vectors * real
    torch.testing.assert_close(found, expected)
    (their_gradient,) = torch.autograd.grad(expected.square().sum(), vectors)
    (our_gradient,) = torch.autograd.grad(found.square().sum(), vectors)
    torch.testing.assert_close(our_gradient, their_gradient)


def test_the_stack_is_torchs(vectors, is_token):
    stack = nn.TransformerEncoder(
        their_layer(0.0), 3, norm=nn.LayerNorm(D_MODEL), enable_nested_tensor=False
    )
    for layer in stack.layers:
        for parameter in layer.parameters():
            nn.init.normal_(parameter, std=0.2)
    ours = Encoder(D_MODEL, N_HEADS, 3, D_FF, dropout=0.0)
    for block, layer in zip(ours.blocks, stack.layers, strict=True):
        copy_block(block, layer)
    real = is_token[..., None]
    expected = stack(vectors, src_key_padding_mask=~is_token) * real
    seen = []
    encoded = ours(vectors, Visibility(is_token, is_causal=False), None, seen.append)
    torch.testing.assert_close(encoded * real, expected)
    assert [work.weights.shape for work in seen] == [(3, N_HEADS, 7, 7)] * 3


def test_padding_changes_nothing(vectors, is_token):
    block = Block(D_MODEL, N_HEADS, D_FF, dropout=0.0)
    together = block(vectors, Visibility(is_token, is_causal=False), None).vectors
    alone = block(vectors[1:2, :4], Visibility(None, is_causal=False), None).vectors
    torch.testing.assert_close(together[1:2, :4], alone)


def test_joining_undoes_splitting(vectors):
    heads = split_heads(vectors, N_HEADS)
    assert heads.shape == (3, N_HEADS, 7, D_MODEL // N_HEADS)
    torch.testing.assert_close(join_heads(heads), vectors)


def test_dropout_zeroes_its_share_in_training_and_nothing_in_evaluation():
    block = Block(D_MODEL, N_HEADS, D_FF, dropout=0.4)
    torch.manual_seed(0)
    ones = torch.ones(200, 200)
    assert (block.dropout(ones) == 0).float().mean().item() == pytest.approx(0.4, abs=0.02)
    assert (block.eval().dropout(ones) == 1).all()
