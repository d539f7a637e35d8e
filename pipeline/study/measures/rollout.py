"""Attention rollout: from which words a token has its information after several layers."""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family
from pipeline.study.measuring import Measure, Seen
from pipeline.study.rows import Mean, entropy, mean_distance
from pipeline.study.table import HeadRow, rows_of


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


_EQUALS = "Rollout counts attention and the residual connection as equally strong."
_ROLLED = "our own, of the rollout of Abnar and Zuidema 2020, eq. 1"

ENTROPY = About(
    "rollout_entropy",
    Family.REACHES,
    title="rollout: spread",
    unit="nats",
    meaning="How widely spread a token's information is up to this layer. 0: it comes from one "
    "token only.",
    caveat=_EQUALS,
    source=_ROLLED,
)
DISTANCE = About(
    "rollout_distance",
    Family.REACHES,
    title="rollout: average distance",
    unit="tokens",
    meaning="How many tokens away a token's information comes from, on average.",
    caveat=_EQUALS,
    source=_ROLLED,
)
ITSELF = About(
    "rollout_self",
    Family.REACHES,
    title="rollout: from the token itself",
    unit="",
    meaning="Share of a token's information that comes from itself.",
    caveat=_EQUALS,
    source=_ROLLED,
)


class RolledOut:
    """How the rollout of each layer spreads: one number a layer, since the heads are averaged."""

    def __init__(self) -> None:
        self._means = {about.name: Mean() for about in (ENTROPY, DISTANCE, ITSELF)}
        self._below: Float[Tensor, "batch query key"] | None = None

    def add(self, work: LayerAtWork, _: Seen) -> None:
        """Count in one layer's work on one batch; of a batch, the first layer comes first."""
        self._below = rollout(work.weights, None if work.layer == 0 else self._below)
        rolled = self._below[:, None]
        for about, values in (
            (ENTROPY, entropy(rolled)),
            (DISTANCE, mean_distance(rolled)),
            (ITSELF, rolled.diagonal(dim1=-2, dim2=-1)),
        ):
            self._means[about.name].add(work.layer, values, work.telling_rows)

    def rows(self) -> Iterator[HeadRow]:
        """Each measure's mean over all tokens."""
        yield from rows_of({name: mean.result()[:, 0] for name, mean in self._means.items()})


MEASURE = Measure((ENTROPY, DISTANCE, ITSELF), lambda _: RolledOut())
