"""Effective attention: the part of the weights that can make a difference to the output."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.study.patterns import TIED, Mean, top_share
from pipeline.study.watching import LayerAtWork


def effective_weights(work: LayerAtWork) -> Float[Tensor, "batch head query key"]:
    """A - Proj_null(T) A, row by row, with T = (X W^V + b^V) W^O_h (Brunner et al. 2020, eq. 5).

    The values' bias b^V is counted in, which the paper leaves out. Weights in the left null space
    of T could be exchanged for others without any change to what the head writes: there are such in
    every sentence longer than d_head, and wherever values depend on each other, such as those of
    equal tokens. What is left of the weights without that part may be negative and need not sum to
    1. Columns of padding are 0.
    """
    basis, size, _ = torch.linalg.svd(work.written_values, full_matrices=False)
    # What numpy.linalg.matrix_rank counts as nothing.
    least = size[..., :1] * max(work.written_values.shape[-2:]) * torch.finfo(size.dtype).eps
    basis = basis * (size > least)[..., None, :]
    kept: Tensor = work.weights.double() @ basis @ basis.transpose(-1, -2)
    return kept.to(work.weights.dtype)


class EffectiveShare:
    """How far effective attention is from the raw weights, over as many batches as there are.

    Both are our own, of the effective attention of Brunner et al. 2020. `null_share` is
    |A - A_eff|^2 / |A|^2 of a row, in [0, 1]: how much of the weights has no effect at all.
    `effective_agreement` is the share of tokens whose most attended token is the same in both; ties
    count by the part they share, and rows of which nothing is effective do not count.
    """

    def __init__(self) -> None:
        self._means = {"null_share": Mean(), "effective_agreement": Mean()}

    def add(self, work: LayerAtWork) -> None:
        """Count in one layer's work on one batch; rows of padding are left out."""
        effective, raw = effective_weights(work), work.weights
        lost = (raw - effective).square().sum(dim=-1) / raw.square().sum(dim=-1)
        self._means["null_share"].add(work.layer, lost, work.real_rows)
        has_effect = effective.abs().amax(dim=-1) > TIED
        # A padding key has no effect, and no weight: it may not win among negative ones.
        if work.is_token is not None:
            effective = effective.masked_fill(~work.is_token[:, None, None, :], -torch.inf)
        agree = torch.minimum(top_share(raw), _top(effective)).sum(dim=-1)
        self._means["effective_agreement"].add(work.layer, agree, work.real_rows & has_effect)

    def result(self) -> dict[str, Float[np.ndarray, "layer head"]]:
        """Each measure's mean over all tokens."""
        return {name: mean.result() for name, mean in self._means.items()}


def _top(effective: Float[Tensor, "batch head query key"]) -> Float[Tensor, "batch head query key"]:
    """`top_share` of weights that may be negative, so told apart by TIED itself."""
    is_top = effective >= effective.amax(dim=-1, keepdim=True) - TIED
    return is_top / is_top.sum(dim=-1, keepdim=True)
