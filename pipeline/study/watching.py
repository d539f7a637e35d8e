"""A network at work, watched and tampered with: one layer's heads at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from pipeline.attention import (
    Attended,
    Block,
    MultiHeadAttention,
    attend,
    attention_weights,
    join_heads,
)
from pipeline.model.batch import Batch
from pipeline.model.network import Network


@dataclass(frozen=True)
class LayerAtWork:
    """What one layer's heads make of a batch. Nothing is computed before it is asked for."""

    layer: int
    """From 0, the first that the vectors meet."""
    attention: MultiHeadAttention
    query: Float[Tensor, "batch head query d_head"]
    key: Float[Tensor, "batch head key d_head"]
    value: Float[Tensor, "batch head key d_head"]
    is_token: Bool[Tensor, "batch key"] | None
    """None: no padding."""

    @cached_property
    def weights(self) -> Float[Tensor, "batch head query key"]:
        """How much each token looks at each; the rows of padding mean nothing."""
        return attention_weights(self.query, self.key, self.is_token)

    @cached_property
    def mixed(self) -> Float[Tensor, "batch head query d_head"]:
        """What each head makes of the values, before the heads are joined."""
        return attend(self.weights, self.value)

    @cached_property
    def real_rows(self) -> Bool[Tensor, "batch 1 query"]:
        """Which rows are tokens' own, for every head."""
        if self.is_token is None:
            batch, _, token, _ = self.query.shape
            return torch.ones(batch, 1, token, dtype=torch.bool, device=self.query.device)
        return self.is_token[:, None, :]

    @property
    def written(self) -> Float[Tensor, "head d_head d_model"]:
        """W^O of each head: how what it mixed is written into the token's vector."""
        d_model = self.attention.output.weight.shape[0]
        return self.attention.output.weight.T.view(-1, self.value.shape[-1], d_model)

    @cached_property
    def written_values(self) -> Float[Tensor, "batch head key d_head"]:
        """f(x_j) = (x_j W^V + b^V) W^O_h (Kobayashi et al. 2020, eq. 4), in d_head coordinates.

        Those of an orthonormal basis of the head's part of d_model, so lengths and angles are those
        of the d_model features. In double precision; padding is 0.
        """
        turn: Tensor = torch.linalg.qr(self.written.double().transpose(1, 2)).R.transpose(1, 2)
        values = self.value.double() @ turn
        return values if self.is_token is None else values * self.is_token[:, None, :, None]


@torch.inference_mode()
def look_through(network: Network, batch: Batch, look: Callable[[LayerAtWork], None]) -> None:
    """Show every layer's heads at work, the first layer first.

    Computes what the heads see and no more: what comes after the last layer's is left out, so that
    a study of the heads costs less than a pass through the network.
    """
    rotation = network.rotation(batch.input_ids.shape[1])
    vectors = network.embedding(batch.input_ids, batch.feature_ids)
    for layer, block in enumerate(network.encoder.blocks):
        assert isinstance(block, Block)
        query, key, value = block.attention.project(block.attention_norm(vectors), rotation)
        work = LayerAtWork(layer, block.attention, query, key, value, batch.is_token)
        look(work)
        if layer + 1 < len(network.encoder.blocks):
            vectors = block.added(vectors, block.attention.output(join_heads(work.mixed)))


Act = Callable[[LayerAtWork], Float[Tensor, "batch head query d_head"] | None]
"""Sees a layer at work; what it returns takes the place of `mixed`, None leaves all as it is."""


@contextmanager
def watched(network: Network, act: Act) -> Iterator[None]:
    """Inside the block, `act` is called for every layer of every forward pass, first layer first.

    A pass in which every `act` returns None is the untouched one, bit for bit.
    """

    def hook_of(layer: int) -> Callable[..., Attended | None]:
        def hook(
            module: MultiHeadAttention, given: tuple[Any, ...], _: Attended
        ) -> Attended | None:
            vectors, is_token, rotation, _ = given
            query, key, value = module.project(vectors, rotation)
            mixed = act(LayerAtWork(layer, module, query, key, value, is_token))
            if mixed is None:
                return None
            return Attended(vectors=module.output(join_heads(mixed)), weights=None)

        return hook

    handles = [
        block.attention.register_forward_hook(hook_of(layer))  # type: ignore[union-attr]  # to mypy a Module
        for layer, block in enumerate(network.encoder.blocks)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
