"""How a head spreads its weights: measures of single rows, averaged over all tokens."""

from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.attention import Visibility
from pipeline.tokens.tokenizer import SPECIAL

TIED = 1e-6
"""Weights this near to the largest, in parts of it, are as large: rounding breaks no tie."""

TARGETS = ("previous", "next", "self", "first")
"""Is the most attended token there? The places of positional heads (Voita et al. 2019)."""

RowValues = Float[Tensor, "batch head query"]
RowMask = Bool[Tensor, "batch #head query"]


def entropy(weights: Float[Tensor, "batch head query key"]) -> RowValues:
    """H(a) = -sum_j a_j ln a_j, in nats: 0 for one key, ln(keys) for all alike (Shannon 1948)."""
    nats: Tensor = torch.special.entr(weights)
    return nats.sum(dim=-1)


def mean_distance(weights: Float[Tensor, "batch head query key"]) -> RowValues:
    """sum_j a_ij |i - j|, in tokens (Vig and Belinkov 2019, section 4.4)."""
    place = torch.arange(weights.shape[-1], device=weights.device)
    distance = (place[:, None] - place).abs().to(weights.dtype)
    return (weights * distance).sum(dim=-1)


def confidence(weights: Float[Tensor, "batch head query key"]) -> RowValues:
    """max_j a_ij (Voita et al. 2019, section 4)."""
    return weights.amax(dim=-1)


def top_share(weights: Float[Tensor, "batch head query key"]) -> Float[Tensor, "..."]:
    """1 at the most attended key, 0 elsewhere; keys that tie for it share the 1 alike."""
    is_top = weights >= weights.amax(dim=-1, keepdim=True) * (1 - TIED)
    return is_top / is_top.sum(dim=-1, keepdim=True)


def targets(
    sees: Bool[Tensor, "batch query key"],
) -> dict[str, Bool[Tensor, "batch query key"]]:
    """For each of TARGETS, where it lies; no True in the row of a token that sees none there."""
    batch, token, _ = sees.shape
    place = torch.arange(token, device=sees.device)
    offset = place - place[:, None]
    first = (place == 0).expand(token, token)
    found = {"previous": offset == -1, "next": offset == 1, "self": offset == 0, "first": first}
    return {name: found[name].expand(batch, token, token) & sees for name in TARGETS}


def duplicates(
    input_ids: Int[Tensor, "batch token"],
    texts: Int[Tensor, "batch token"],
    sees: Bool[Tensor, "batch query key"],
) -> Bool[Tensor, "batch query key"]:
    """Where the same token of the same word is seen elsewhere in the sentence.

    All unknown words are one token, so the id alone does not tell: `texts` has a number for the
    text of each token's word.
    """
    same = input_ids[:, :, None] == input_ids[:, None, :]
    same &= texts[:, :, None] == texts[:, None, :]
    itself = torch.eye(input_ids.shape[1], dtype=torch.bool, device=input_ids.device)
    return same & ~itself & sees


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
        """NaN where no row was counted."""
        means = [self._sum[layer] / self._rows[layer] for layer in sorted(self._sum)]
        return torch.stack(means).cpu().numpy()


class Patterns:
    """Every measure of this module, over as many batches as there are; none is kept.

    Rows of padding are never counted, and padding keys have no weight. `previous` to `first` are
    shares of the tokens that have such a neighbour whose most attended token it is, as Voita et al.
    2019 (section 5.1) find positional heads; Clark et al. 2019 (sections 3.1 and 3.2) average the
    weights on such places. `confidence` leaves no token out, where Voita et al. (section 4) leave
    out the end of the sentence, of which there is no token here. `special_mass` is sum_j a_ij over
    <unk> and <mask>; the special tokens of Clark et al. 2019 (section 3.2) are [CLS] and [SEP].
    `duplicate_mass`, of the tokens whose word stands more than once in their sentence, is sum_j
    a_ij over its other places that it sees; the duplicate token heads of Wang et al. 2023 look back
    only. `relative_entropy`, of rows that see two tokens or more, is H(a) / ln(tokens seen), the
    efficiency of Shannon 1948. Of a causal layer, rows that see one token are not counted at all,
    and `next` is not a number.
    """

    def __init__(self) -> None:
        self._means: dict[str, Mean] = {}

    def add(
        self,
        layer: int,
        weights: Float[Tensor, "batch head query key"],
        input_ids: Int[Tensor, "batch token"],
        texts: Int[Tensor, "batch token"],
        visibility: Visibility,
    ) -> None:
        """Count in one layer's weights on one batch; each row sums to 1 over what it sees.

        `texts` as for `duplicates`.
        """
        place = *input_ids.shape, input_ids.device
        sees = visibility.pairs(*place)
        rows = visibility.telling_rows(*place)[:, None, :]
        nats = entropy(weights)
        seen = sees.sum(dim=-1)[:, None, :]
        self._add(layer, "entropy", nats, rows)
        self._add(layer, "relative_entropy", nats / seen.clamp(min=2).log(), rows & (seen > 1))
        self._add(layer, "distance", mean_distance(weights), rows)
        self._add(layer, "confidence", confidence(weights), rows)
        top = top_share(weights)
        for name, where in targets(sees).items():
            self._add(layer, name, _mass(top, where), rows & where.any(dim=-1)[:, None, :])
        is_special = (input_ids < len(SPECIAL))[:, None, :] & sees
        self._add(layer, "special_mass", _mass(weights, is_special), rows)
        same = duplicates(input_ids, texts, sees)
        self._add(layer, "duplicate_mass", _mass(weights, same), same.any(dim=-1)[:, None, :])

    def result(self) -> dict[str, Float[np.ndarray, "layer head"]]:
        """Each measure's mean over all rows counted in."""
        return {name: mean.result() for name, mean in self._means.items()}

    def _add(self, layer: int, name: str, values: RowValues, counts: RowMask) -> None:
        self._means.setdefault(name, Mean()).add(layer, values, counts)


def _mass(
    weights: Float[Tensor, "batch head query key"], where: Bool[Tensor, "batch query key"]
) -> RowValues:
    return torch.where(where[:, None], weights, 0).sum(dim=-1)
