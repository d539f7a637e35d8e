"""Attention rollout: from which words a token has its information after several layers."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.rows import Mean, entropy, mean_distance


def rollout(
    weights: Float[Tensor, "batch head query key"],
    before: Float[Tensor, "batch query key"] | None,
) -> Float[Tensor, "batch query key"]:
    """A~_l = (W_l / 2 + I / 2) A~_(l-1), W_l the mean over heads (Abnar and Zuidema 2020, eq. 1).

    The half on the token itself stands for the residual connection. `before` is the layer below's;
    None for the first layer. Rows of tokens sum to 1.
    """
    itself = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
    step = (weights.mean(dim=1) + itself) / 2
    return step if before is None else step @ before


class RolledOut:
    """How the rollout of each layer spreads, over as many batches as there are.

    The rollout is Abnar and Zuidema's, these means of its rows our own: `rollout_entropy` (nats),
    `rollout_distance` (tokens) and `rollout_self`, the token's own share; one number a layer, since
    the heads are averaged. Layers are added first to last.
    """

    def __init__(self) -> None:
        names = ("rollout_entropy", "rollout_distance", "rollout_self")
        self._means = {name: Mean() for name in names}
        self._below: Float[Tensor, "batch query key"] | None = None

    def add(self, work: LayerAtWork) -> None:
        """Count in one layer's work on one batch; rows that say nothing are left out."""
        self._below = rollout(work.weights, None if work.layer == 0 else self._below)
        rolled = self._below[:, None]
        for name, values in (
            ("rollout_entropy", entropy(rolled)),
            ("rollout_distance", mean_distance(rolled)),
            ("rollout_self", rolled.diagonal(dim1=-2, dim2=-1)),
        ):
            self._means[name].add(work.layer, values, work.telling_rows)

    def result(self) -> dict[str, Float[np.ndarray, " layer"]]:
        """Each measure's mean over all tokens."""
        return {name: mean.result()[:, 0] for name, mean in self._means.items()}
