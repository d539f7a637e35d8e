"""Norm-weighted attention: what a head takes from each token, not only how much it looks there."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.rows import Mean, entropy, mean_distance


def norm_weights(work: LayerAtWork) -> Float[Tensor, "batch head query key"]:
    """|a_ij f(x_j)|, the length of what token j gives to i (Kobayashi et al. 2020, section 3)."""
    norms: Tensor = torch.linalg.vector_norm(work.written_values, dim=-1)
    return (work.weights * norms[:, :, None, :]).to(work.weights.dtype)


class NormWeighted:
    """How the lengths spread over the tokens, over as many batches as there are.

    The lengths are Kobayashi et al.'s, these means of them our own. `norm_entropy` (nats),
    `norm_distance` (tokens) and `norm_self` (the token's own share) are of
    |a_ij f(x_j)| / sum_j |a_ij f(x_j)|; of a head that writes nothing they are not a number.
    `written_norm` is |sum_j a_ij f(x_j)|, the length of what the head writes into a token.
    """

    def __init__(self) -> None:
        names = ("norm_entropy", "norm_distance", "norm_self", "written_norm")
        self._means = {name: Mean() for name in names}

    def add(self, work: LayerAtWork) -> None:
        """Count in one layer's work on one batch; rows that say nothing are left out."""
        lengths = norm_weights(work)
        whole = lengths.sum(dim=-1, keepdim=True)
        counts = work.telling_rows & (whole[..., 0] > 0)
        shares = torch.where(whole > 0, lengths / whole, 0)
        own = shares.diagonal(dim1=-2, dim2=-1)
        written = (work.weights.double() @ work.written_values).norm(dim=-1)
        for name, values, rows in (
            ("norm_entropy", entropy(shares), counts),
            ("norm_distance", mean_distance(shares), counts),
            ("norm_self", own, counts),
            ("written_norm", written, work.telling_rows),
        ):
            self._means[name].add(work.layer, values, rows)

    def result(self) -> dict[str, Float[np.ndarray, "layer head"]]:
        """Each measure's mean over all tokens that it is defined for."""
        return {name: mean.result() for name, mean in self._means.items()}
