"""Rankings of words that know nothing of a head: what its weights have to do better than."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from pipeline.study.interventions.sums import TargetSums

NULLS = ("nearness", "rarity", "shuffled")
"""The rankings, as `null_rankings` makes them."""
RANKED = ("tau_leave_one_out", "tau_gradient", "comprehensiveness", "sufficiency")
"""The measures that need the order of the weights alone, and so can be taken of any ranking."""
LESS_IS_BETTER = ("sufficiency",)
"""Those of RANKED that are small for a good ranking; of the others it is large."""


def null_rankings(
    input_ids: Int[np.ndarray, " token"],
    at: Int[np.ndarray, " target"],
    frequency: Int[np.ndarray, " vocab"],
    seed: int,
) -> Float[np.ndarray, "null target token"]:
    """How much each of NULLS would look at each token, in no unit: only the order counts.

    Nearness: -|i - j|. Rarity: less the token's occurrences in training. Shuffled: an order drawn
    by chance for each target, which is what is left of any head's weights once they are shuffled.
    """
    near = -np.abs(np.arange(len(input_ids)) - at[:, None]).astype(np.float64)
    rare = np.broadcast_to(-frequency[input_ids].astype(np.float64), near.shape)
    drawn = np.random.default_rng(seed).random(near.shape)
    return np.stack([near, rare, drawn])


@dataclass(frozen=True)
class BesideNulls:
    """What heads' weights reach, and what NULLS reach at the same targets."""

    studied: Int[np.ndarray, " sentence"]
    """The number of each sentence among those that were given."""
    heads: dict[str, TargetSums]
    """Of each measure: sentence x layer x head."""
    nulls: dict[str, TargetSums]
    """Of each of RANKED: sentence x null."""
    beyond: dict[str, TargetSums]
    """A head's less a null's, at the targets where both are known: sentence x null x layer x head.
    """

    @classmethod
    def of(
        cls,
        studied: Sequence[int],
        heads: Sequence[Mapping[str, Float[np.ndarray, "layer head _"]]],
        nulls: Sequence[Mapping[str, Float[np.ndarray, "null _"]]],
        measures: Sequence[str],
        place: tuple[int, int],
    ) -> "BesideNulls":
        """Of what was found in each sentence, by measure; `place` is layers x heads."""

        def beyond(name: str) -> list[Float[np.ndarray, "null layer head _"]]:
            both = zip(heads, nulls, strict=True)
            return [head[name] - null[name][:, None, None] for head, null in both]

        return cls(
            np.array(studied, np.int64),
            {name: TargetSums.of([one[name] for one in heads], place) for name in measures},
            {name: TargetSums.of([one[name] for one in nulls], (len(NULLS),)) for name in RANKED},
            {name: TargetSums.of(beyond(name), (len(NULLS), *place)) for name in RANKED},
        )
