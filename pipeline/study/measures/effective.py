"""Effective attention: the part of the weights that can make a difference to the output."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows
from pipeline.study.rows import TIED, top_share


@dataclass(frozen=True)
class PartedWeights:
    """What of each head's weights has an effect, and what could be others without any.

    Both of T = (X W^V + b^V) W^O_h, what the head would write of each token that the row sees; the
    columns of others are 0. The values' bias b^V is counted in, which Brunner et al. 2020 leave
    out.
    """

    effective: Float[Tensor, "batch head query key"]
    """A - Proj_null(T) A, row by row (Brunner et al. 2020, eq. 5): the least weights that write the
    same. They may be negative and need not sum to 1."""
    exchangeable: Float[Tensor, "batch head query key"]
    """Proj_null([T, 1]) A: what other weights that write the same, and still sum to 1, need not
    have in common with these. Of such weights some may be negative, which softmax never gives."""
    free: Int[Tensor, "batch head"]
    """tokens - rank([T, 1]): in how many directions a row that sees all tokens can be changed so.
    There are such in every sentence longer than d_head + 1, and where values depend on each other,
    such as those of equal tokens; 0: the weights are the only ones, and `exchangeable` is 0. Of a
    causal layer the last row alone sees them all, and no row is freer."""


def part_weights(work: LayerAtWork) -> PartedWeights:
    """Every head's weights, parted by what its values make of them; in double precision.

    Values come in the network's own precision, mostly float32, and equal tokens' need not be equal
    bit for bit. As sums of d_model products they are off by d_model u of their size at most, u the
    unit roundoff (Higham 2002, section 3.1), and so are T's singular values (Weyl's inequality):
    what is smaller than that part of the largest is nothing but rounding, and counts as 0.
    """
    rounding = work.output.shape[-1] * torch.finfo(work.value.dtype).eps / 2
    if work.visibility.is_causal:
        return _part_causal(work, rounding)
    values, raw = work.written_values, work.weights.double()
    of_values = _span(values, rounding)
    effective = raw @ of_values @ of_values.transpose(-1, -2)
    tokens = work.real_rows.sum(dim=-1)
    # As long as all values together, so that rounding is as small a part of both.
    size = torch.linalg.matrix_norm(values)
    one = (torch.where(size > 0, size, 1) / tokens.sqrt())[..., None] * work.real_rows
    of_both = _span(torch.cat([values, one[..., None]], dim=-1), rounding)
    exchangeable = raw - raw @ of_both @ of_both.transpose(-1, -2)
    rank = of_both.square().sum(dim=(-2, -1)).round().long()
    return PartedWeights(effective.to(work.weights.dtype), exchangeable, tokens - rank)


def _span(
    columns: Float[Tensor, "batch head key column"], rounding: float
) -> Float[Tensor, "batch head key rank"]:
    """An orthonormal basis of what the columns span, filled up with columns of 0.

    A singular value of `rounding` times the largest, or less, is 0.
    """
    # Q R first: of R, which is small, the decomposition takes a fifth of the time.
    onto, rest = torch.linalg.qr(columns)
    turn, size, _ = torch.linalg.svd(rest, full_matrices=False)
    basis: Tensor = onto @ (turn * (size > size[..., :1] * rounding)[..., None, :])
    return basis


def _part_causal(work: LayerAtWork, rounding: float) -> PartedWeights:
    """Each row's weights by the values that it sees."""
    values, raw = work.written_values, work.weights.double()
    sees, tokens = work.sees, work.n_seen[:, None]
    effective, _ = _onto_seen(raw, values, torch.ones_like(values), sees, rounding)
    # As long as all values together that the row sees.
    size = values.square().sum(dim=-1).cumsum(dim=-1).sqrt()
    long = torch.where(size > 0, size, 1) / tokens.clamp(min=1).sqrt()
    one = work.real_rows[..., None].expand_as(values[..., :1])
    both = torch.cat([values, one], dim=-1)
    scale = torch.cat([torch.ones_like(values), long[..., None]], dim=-1)
    kept, rank = _onto_seen(raw, both, scale, sees, rounding)
    last = tokens.argmax(dim=-1, keepdim=True).expand(-1, rank.shape[1], 1)
    free = (tokens - rank).gather(-1, last)[..., 0]
    return PartedWeights(effective.to(work.weights.dtype), raw - kept, free)


def _onto_seen(
    raw: Float[Tensor, "batch head query key"],
    columns: Float[Tensor, "batch head key column"],
    scale: Float[Tensor, "batch head query column"],
    sees: Bool[Tensor, "batch query key"],
    rounding: float,
) -> tuple[Float[Tensor, "batch head query key"], Int[Tensor, "batch head query"]]:
    """What of each row lies in the span of the columns, cut off after its own key; and their rank.

    A C (C^T C)^+ C^T with C such a row's columns, each as long as `scale` makes it. C^T C grows by
    one key from row to row and is small whatever the number of keys; its eigenvalues are the
    squares of C's singular values.
    """
    gram = (columns[..., :, None] * columns[..., None, :]).cumsum(dim=2)
    size, turn = torch.linalg.eigh(gram * scale[..., :, None] * scale[..., None, :])
    least = max(rounding**2, torch.finfo(size.dtype).eps * size.shape[-1])
    is_kept = size > size[..., -1:] * least
    written = ((raw @ columns) * scale)[..., None, :] @ turn
    undone = torch.where(is_kept, written[..., 0, :] / size, 0)[..., None, :] @ turn.mT
    found = (undone[..., 0, :] * scale) @ columns.mT
    return torch.where(sees[:, None], found, 0), is_kept.sum(dim=-1)


NULL_SHARE = About(
    "null_share",
    Family.EFFECT,
    title="weights that could be different",
    unit="",
    meaning="Share of the weights' squared length that could be different, with the same sum and "
    "the same effect.",
    caveat="Some of the different weights are negative, which no softmax gives. Long sentences "
    "have the most.",
    source="our own, of the null space of Brunner et al. 2020, section 3.2",
    headline=Headline("no effect", 110),
)
AGREEMENT = About(
    "effective_agreement",
    Family.EFFECT,
    title="raw and effective weights agree",
    unit="",
    meaning="Share of tokens that look most at the same token when what has no effect is taken "
    "out of the weights.",
    caveat="Other weights than these give the same output, too.",
    source="our own, of the effective attention of Brunner et al. 2020, section 3.2",
)


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """How far effective attention is from the raw weights.

    |A_exchangeable|^2 / |A|^2 of a row, in [0, 1]: how much of the weights could be others that
    also sum to 1. Whether the most attended token is the same in raw and effective weights: ties
    count by the part they share, and rows of which nothing is effective do not count.
    """
    parted, raw = part_weights(work), work.weights
    effective = parted.effective
    lost = parted.exchangeable.square().sum(dim=-1) / raw.double().square().sum(dim=-1)
    yield NULL_SHARE, lost, work.telling_rows
    has_effect = effective.abs().amax(dim=-1) > TIED
    # A key that is not seen has no effect, and no weight: it may not win among negative ones.
    effective = effective.masked_fill(~work.sees[:, None], -torch.inf)
    agree = torch.minimum(top_share(raw), _top(effective)).sum(dim=-1)
    yield AGREEMENT, agree, work.telling_rows & has_effect


def _top(effective: Float[Tensor, "batch head query key"]) -> Float[Tensor, "batch head query key"]:
    """`top_share` of weights that may be negative, so told apart by TIED itself."""
    is_top = effective >= effective.amax(dim=-1, keepdim=True) - TIED
    return is_top / is_top.sum(dim=-1, keepdim=True)


MEASURE = mean_of_rows(figures, NULL_SHARE, AGREEMENT)
