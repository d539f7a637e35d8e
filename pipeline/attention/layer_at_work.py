"""What one layer's heads make of a batch, for whoever watches the pass or takes part in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.attention.scaled_dot_product import attend, attention_weights
from pipeline.attention.visibility import Visibility


@dataclass(frozen=True)
class LayerAtWork:
    """One layer's heads at work; no weights are computed before they are asked for."""

    layer: int
    """From 0, the first that the vectors meet."""
    query: Float[Tensor, "batch head query d_head"]
    key: Float[Tensor, "batch head key d_head"]
    value: Float[Tensor, "batch head key d_head"]
    visibility: Visibility
    output: Float[Tensor, "head d_head d_model"]
    """W^O of each head: how what it mixed is written into the token's vector."""
    output_bias: Float[Tensor, " d_model"]
    """What attention writes besides, whatever the heads do."""

    @cached_property
    def weights(self) -> Float[Tensor, "batch head query key"]:
        """How much each token looks at each; the rows of padding mean nothing."""
        return attention_weights(self.query, self.key, self.visibility)

    @cached_property
    def mixed(self) -> Float[Tensor, "batch head query d_head"]:
        """What each head makes of the values, before the heads are joined."""
        return attend(self.weights, self.value)

    @cached_property
    def sees(self) -> Bool[Tensor, "batch query key"]:
        """Which tokens each token can see; no True in the rows of padding."""
        batch, _, tokens, _ = self.query.shape
        return self.visibility.pairs(batch, tokens, self.query.device)

    @cached_property
    def n_seen(self) -> Int[Tensor, "batch query"]:
        """How many tokens each token can see, itself among them; 0 for padding."""
        return self.sees.sum(dim=-1)

    @cached_property
    def real_rows(self) -> Bool[Tensor, "batch 1 query"]:
        """Which rows are tokens' own, for every head."""
        if self.visibility.is_token is None:
            batch, _, tokens, _ = self.query.shape
            return torch.ones(batch, 1, tokens, dtype=torch.bool, device=self.query.device)
        return self.visibility.is_token[:, None, :]

    @cached_property
    def telling_rows(self) -> Bool[Tensor, "batch 1 query"]:
        """Rows whose weights say something of a head, as of `Visibility`."""
        batch, _, tokens, _ = self.query.shape
        return self.visibility.telling_rows(batch, tokens, self.query.device)[:, None]

    @cached_property
    def written_values(self) -> Float[Tensor, "batch head key d_head"]:
        """f(x_j) = (x_j W^V + b^V) W^O_h (Kobayashi et al. 2020, eq. 4), in d_head coordinates.

        Those of an orthonormal basis of the head's part of d_model, so lengths and angles are those
        of the d_model features. In double precision; padding is 0.
        """
        turn: Tensor = torch.linalg.qr(self.output.double().transpose(1, 2)).R.transpose(1, 2)
        values = self.value.double() @ turn
        is_token = self.visibility.is_token
        return values if is_token is None else values * is_token[:, None, :, None]


Act = Callable[[LayerAtWork], Float[Tensor, "batch head query d_head"] | None]
"""Sees a layer at work; what it returns takes the place of `mixed`, None leaves all as it is."""
