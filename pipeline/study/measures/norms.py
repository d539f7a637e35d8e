"""Norm-weighted attention: what a head takes from each token, not only how much it looks there."""

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows
from pipeline.study.rows import entropy, mean_distance


def norm_weights(work: LayerAtWork) -> Float[Tensor, "batch head query key"]:
    """|a_ij f(x_j)|, the length of what token j gives to i (Kobayashi et al. 2020, section 3)."""
    norms: Tensor = torch.linalg.vector_norm(work.written_values, dim=-1)
    return (work.weights * norms[:, :, None, :]).to(work.weights.dtype)


_CANCEL = "What is taken from several tokens may cancel out in the sum."
_NORMS = "our own, of the norms of Kobayashi et al. 2020, section 3"

NORM_ENTROPY = About(
    "norm_entropy",
    Family.EFFECT,
    title="spread of what it takes",
    unit="nats",
    meaning="Like the spread of attention, but of how much the head takes from each token.",
    caveat=_CANCEL,
    source=_NORMS,
)
NORM_DISTANCE = About(
    "norm_distance",
    Family.EFFECT,
    title="average distance of what it takes",
    unit="tokens",
    meaning="Like the average distance, but by how much the head takes from each token.",
    caveat=_CANCEL,
    source=_NORMS,
)
NORM_SELF = About(
    "norm_self",
    Family.EFFECT,
    title="taken from the token itself",
    unit="",
    meaning="Share of what a token receives from the head that is the token's own value.",
    caveat="The token's vector also goes past the attention, unchanged.",
    source=_NORMS,
)
WRITTEN = About(
    "written_norm",
    Family.EFFECT,
    title="size of what it writes",
    unit="",
    meaning="How much a head changes a token's vector.",
    caveat="A large change can be one that no later part reads.",
    source=_NORMS,
    headline=Headline("writes", 50),
)


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """How the lengths |a_ij f(x_j)| spread over the tokens, and the length of their sum.

    Entropy, distance and the token's own share are of |a_ij f(x_j)| / sum_j |a_ij f(x_j)|; a head
    that writes nothing has none of them. `written_norm` is |sum_j a_ij f(x_j)|.
    """
    lengths = norm_weights(work)
    whole = lengths.sum(dim=-1, keepdim=True)
    counts = work.telling_rows & (whole[..., 0] > 0)
    shares = torch.where(whole > 0, lengths / whole, 0)
    yield NORM_ENTROPY, entropy(shares), counts
    yield NORM_DISTANCE, mean_distance(shares), counts
    yield NORM_SELF, shares.diagonal(dim1=-2, dim2=-1), counts
    written = (work.weights.double() @ work.written_values).norm(dim=-1)
    yield WRITTEN, written, work.telling_rows


MEASURE = mean_of_rows(figures, NORM_ENTROPY, NORM_DISTANCE, NORM_SELF, WRITTEN)
