"""What a row of weights is like, and the mean over all rows: measures and training rest on it."""

from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

TIED = 1e-6
"""Weights this near to the largest, in parts of it, are as large: rounding breaks no tie."""

RowValues = Float[Tensor, "batch head query"]
"""A number for each row of weights."""
RowMask = Bool[Tensor, "batch #head query"]
"""Which rows count; of all heads alike, where there is one head."""


def entropy(weights: Float[Tensor, "batch head query key"]) -> RowValues:
    """H(a) = -sum_j a_j ln a_j, in nats: 0 for one key, ln(keys) for all alike (Shannon 1948)."""
    nats: Tensor = torch.special.entr(weights)
    return nats.sum(dim=-1)


def mean_distance(weights: Float[Tensor, "batch head query key"]) -> RowValues:
    """sum_j a_ij |i - j|, in tokens (Vig and Belinkov 2019, section 4.4)."""
    place = torch.arange(weights.shape[-1], device=weights.device)
    distance = (place[:, None] - place).abs().to(weights.dtype)
    return (weights * distance).sum(dim=-1)


def top_share(weights: Float[Tensor, "batch head query key"]) -> Float[Tensor, "..."]:
    """1 at the most attended key, 0 elsewhere; keys that tie for it share the 1 alike."""
    is_top = weights >= weights.amax(dim=-1, keepdim=True) * (1 - TIED)
    return is_top / is_top.sum(dim=-1, keepdim=True)


def mass(
    weights: Float[Tensor, "batch head query key"], where: Bool[Tensor, "batch query key"]
) -> RowValues:
    """sum_j a_ij over the keys where `where` is True."""
    return torch.where(where[:, None], weights, 0).sum(dim=-1)


@dataclass
class Mean:
    """The mean of rows' values for each layer and head, batch by batch, in double precision."""

    _sum: dict[int, Float[Tensor, " head"]] = field(default_factory=dict)
    _rows: dict[int, Int[Tensor, " head"]] = field(default_factory=dict)

    def add(self, layer: int, values: RowValues, counts: RowMask) -> None:
        """Count in the rows of a batch where `counts` is True."""
        kept = torch.where(counts, values, 0).sum(dim=(0, 2), dtype=torch.float64)
        self._sum[layer] = self._sum.get(layer, 0) + kept
        rows = counts.expand_as(values).sum(dim=(0, 2))
        self._rows[layer] = self._rows.get(layer, 0) + rows

    def result(self) -> Float[np.ndarray, "layer head"]:
        """The means; NaN where no row was counted."""
        means = [self._sum[layer] / self._rows[layer] for layer in sorted(self._sum)]
        return torch.stack(means).cpu().numpy()
