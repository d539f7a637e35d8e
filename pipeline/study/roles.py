"""Where a head looks most often -> what it does, as far as that tells."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import Visibility
from pipeline.study.measures.places import PLACES, looks_at
from pipeline.study.rows import Mean
from pipeline.study.watched import SentenceWeights

ABOVE_EVEN = 2
"""A place is named that is looked at more than so many times as often as even weights would."""

Shares = Mapping[str, float]
"""By the name of a place, how often it is the most attended, in [0, 1]."""


def chosen_place(shares: Shares, even: Shares) -> str | None:
    """The place that is looked at most often; None where none is well above even weights."""
    above = {name: share for name, share in shares.items() if share > ABOVE_EVEN * even[name]}
    return max(above, key=lambda name: above[name]) if above else None


def chosen_places(weights: Sequence[SentenceWeights]) -> dict[tuple[int, int], str | None]:
    """The place that each head, by layer and head from 1, chooses on these sentences."""
    if not weights:
        return {}
    visibility = _visibility(weights)
    heads = _shares(weights, visibility)
    even = _shares([_even_like(one, visibility) for one in weights], visibility)
    return {place: chosen_place(found, even[place[0], 1]) for place, found in heads.items()}


def _shares(
    weights: Sequence[Float[Tensor, "layer head _ _"]], visibility: Visibility
) -> dict[tuple[int, int], Shares]:
    """How often each head looks at each place most; 0 where no token sees the place."""
    means = {name: Mean() for name in PLACES}
    for sentence in weights:
        tokens, device = sentence.shape[-1], sentence.device
        sees = visibility.pairs(1, tokens, device)
        telling = visibility.telling_rows(1, tokens, device)[:, None]
        for layer, rows in enumerate(sentence[:, None]):
            for about, values, counts in looks_at(rows, sees, telling):
                means[about.name].add(layer, values, counts)
    found = {name: np.nan_to_num(mean.result()) for name, mean in means.items()}
    return {
        (layer + 1, head + 1): {name: float(values[layer, head]) for name, values in found.items()}
        for layer, head in np.ndindex(*weights[0].shape[:2])
    }


def _even_like(
    weights: Float[Tensor, "layer head _ _"], visibility: Visibility
) -> Float[Tensor, "layer 1 _ _"]:
    """One head a layer that looks alike at all that is seen."""
    sees = visibility.pairs(1, weights.shape[-1], weights.device).float()
    even = sees / sees.sum(dim=-1, keepdim=True)
    return even.expand(weights.shape[0], 1, -1, -1)


def _visibility(weights: Sequence[SentenceWeights]) -> Visibility:
    """What the heads could see, by what they do: causal where none of them ever looks ahead."""
    longer = [seen for seen in weights if seen.shape[-1] > 1]
    looks_ahead = any(bool(seen.triu(diagonal=1).any()) for seen in longer)
    return Visibility(None, is_causal=bool(longer) and not looks_ahead)
