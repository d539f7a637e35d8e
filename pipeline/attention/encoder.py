"""Vectors -> context-aware vectors: blocks of attention and feed-forward."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from pipeline.attention.multi_head import Attended, MultiHeadAttention
from pipeline.vectors.positions import Rotation


@dataclass(frozen=True)
class Encoded:
    """Context-aware vectors and, if they were asked for, the weights of every layer and head."""

    vectors: Float[Tensor, "batch token d_model"]
    weights: Float[Tensor, "batch layer head query key"] | None


class Block(nn.Module):
    """Attention, then a feed-forward network, each added to what came in.

    x + Attention(LN(x)), then x + FF(LN(x)) (pre-norm: Xiong et al. 2020, fig. 1b), with
    FF(x) = GELU(x W_1 + b_1) W_2 + b_2 (Vaswani et al. 2017, eq. 2; Hendrycks and Gimpel 2016).
    """

    def __init__(self, d_model: int, n_heads: int, d_ff: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.widen = nn.Linear(d_model, d_ff)
        self.narrow = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        is_token: Bool[Tensor, "batch token"] | None,
        rotation: Rotation | None,
        returns_weights: bool,
    ) -> Attended:
        """One layer's work on every token."""
        attended = self.attention(self.attention_norm(vectors), is_token, rotation, returns_weights)
        return Attended(self.added(vectors, attended.vectors), attended.weights)

    def added(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        attended: Float[Tensor, "batch token d_model"],
    ) -> Float[Tensor, "batch token d_model"]:
        """What the attention made of the vectors goes on top of them, then the feed-forward's."""
        vectors = vectors + self.dropout(attended)
        result: Tensor = vectors + self.dropout(self.feed_forward(self.feed_forward_norm(vectors)))
        return result

    def feed_forward(
        self, vectors: Float[Tensor, "batch token d_model"]
    ) -> Float[Tensor, "batch token d_model"]:
        """Each token for itself: widen, bend, narrow."""
        wide = self.dropout(nn.functional.gelu(self.widen(vectors)))
        narrow: Tensor = self.narrow(wide)
        return narrow

    def initialise(self, generator: torch.Generator) -> None:
        """Glorot-uniform matrices, zero biases."""
        self.attention.initialise(generator)
        for linear in (self.widen, self.narrow):
            nn.init.xavier_uniform_(linear.weight, generator=generator)
            nn.init.zeros_(linear.bias)


class Encoder(nn.Module):
    """A stack of blocks and a last norm; with no block, the norm alone."""

    def __init__(
        self, d_model: int, n_heads: int, n_layers: int, d_ff: int, dropout: float
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(d_model, n_heads, d_ff, dropout) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        is_token: Bool[Tensor, "batch token"] | None,
        rotation: Rotation | None,
        returns_weights: bool,
    ) -> Encoded:
        """Run every block; collect the weights only when they are asked for."""
        weights = []
        for block in self.blocks:
            attended = block(vectors, is_token, rotation, returns_weights)
            vectors = attended.vectors
            if attended.weights is not None:
                weights.append(attended.weights)
        return Encoded(self.norm(vectors), torch.stack(weights, dim=1) if weights else None)

    def initialise(self, generator: torch.Generator) -> None:
        """Initialise every block."""
        for block in self.blocks:
            block.initialise(generator)  # type: ignore[operator]  # to mypy a Module
