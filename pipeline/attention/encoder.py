"""Vectors -> context-aware vectors: blocks of attention and feed-forward."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from pipeline.attention.layer_at_work import Act
from pipeline.attention.multi_head import MultiHeadAttention
from pipeline.attention.visibility import Visibility
from pipeline.vectors.positions import Rotation


@dataclass(frozen=True)
class LayerDone:
    """The vectors as a layer leaves them, and its feed-forward's part in them."""

    vectors: Float[Tensor, "batch token d_model"]
    fed: Float[Tensor, "batch token d_model"]
    """What the feed-forward added, dropout counted in."""


After = Callable[[LayerDone], None]
"""Is told each layer's result, the first layer first."""


class Block(nn.Module):
    """Attention, then a feed-forward network, each added to what came in.

    x + Attention(LN(x)), then x + FF(LN(x)) (pre-norm: Xiong et al. 2020, fig. 1b), with
    FF(x) = GELU(x W_1 + b_1) W_2 + b_2 (Vaswani et al. 2017, eq. 2; Hendrycks and Gimpel 2016).
    Dropout is on what each of the two adds, and after the GELU.
    """

    def __init__(
        self, d_model: int, n_heads: int, d_ff: int, dropout: float, is_even: bool = False
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads, is_even)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.widen = nn.Linear(d_model, d_ff)
        self.narrow = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        visibility: Visibility,
        rotation: Rotation | None,
        act: Act | None = None,
        layer: int = 0,
    ) -> LayerDone:
        """One layer's work on every token; `act` and `layer` as in `MultiHeadAttention`."""
        attended = self.attention(self.attention_norm(vectors), visibility, rotation, act, layer)
        vectors = vectors + self.dropout(attended)
        fed = self.dropout(self.feed_forward(self.feed_forward_norm(vectors)))
        return LayerDone(vectors + fed, fed)

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
        self,
        d_model: int,
        n_heads: int,
        n_layers: int,
        d_ff: int,
        dropout: float,
        is_even: bool = False,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(d_model, n_heads, d_ff, dropout, is_even) for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(d_model)

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        visibility: Visibility,
        rotation: Rotation | None,
        act: Act | None = None,
        after: After | None = None,
    ) -> Float[Tensor, "batch token d_model"]:
        """Run every block: `act` takes part in each one's attention, `after` is told what it made.

        A pass in which `act` always returns None is the untouched one, bit for bit.
        """
        for layer, block in enumerate(self.blocks):
            done = block(vectors, visibility, rotation, act, layer)
            vectors = done.vectors
            if after is not None:
                after(done)
        result: Tensor = self.norm(vectors)
        return result

    def initialise(self, generator: torch.Generator) -> None:
        """Initialise every block."""
        for block in self.blocks:
            block.initialise(generator)  # type: ignore[operator]  # to mypy a Module
