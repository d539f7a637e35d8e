"""Do two heads do the same? How far their weights lie apart, and how alike they write."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import Measure, Seen
from pipeline.study.rows import entropy
from pipeline.study.table import HeadRow, known, rows_of

_ALIKE = "Heads that look at different words may still write the same."
_APART = "Lin 1991; Clark et al. 2019, section 6"

DISAGREEMENT = About(
    "disagreement",
    Family.BESIDE,
    title="difference from the other heads",
    unit="nats",
    meaning="How much a head's weights differ from those of the other heads in its layer. 0: the "
    "same; 0.69: no token in common.",
    caveat=_ALIKE,
    source=_APART,
    headline=Headline("apart", 90),
)
DIVERGENCE = About(
    "divergence",
    Family.BESIDE,
    title="difference between two heads",
    unit="nats",
    meaning="How much the weights of two heads differ. 0: the same; 0.69: no token in common.",
    caveat=_ALIKE,
    source=_APART,
)
SIMILARITY = About(
    "similarity",
    Family.BESIDE,
    title="likeness of what two heads write",
    unit="",
    meaning="Whether two heads change a token in the same direction (average cosine). 1: the "
    "same; 0: unrelated; -1: opposite.",
    caveat="It ignores size: one of two similar changes can be too small to matter.",
    source="the cosine; for heads, Li et al. 2018, section 3.2",
)

Between = Float[np.ndarray, "layer head layer head"]
"""A number for every two heads of the network; the same whichever comes first."""


@dataclass(frozen=True)
class Disagreements:
    """How every two heads compare; empty for a network without attention."""

    divergence: Between
    """Mean Jensen-Shannon divergence of their weights, in nats: 0 alike, ln 2 nothing shared."""
    similarity: Between
    """Mean cosine of what they write, in [-1, 1]; NaN where one of them never writes."""

    @property
    def disagreement(self) -> Float[np.ndarray, "layer head"]:
        """sum_g JS(h, g) / (heads - 1) over the others of its layer, in nats; NaN if it has none.

        After Clark et al. 2019, section 6, who sum the divergences over tokens.
        """
        layers, heads = self.divergence.shape[:2]
        if heads < 2:
            return np.full((layers, heads), np.nan)
        in_layer = self.divergence[np.arange(layers), :, np.arange(layers)]
        return np.asarray(in_layer.sum(axis=-1) / (heads - 1))

    def rows(self) -> Iterator[HeadRow]:
        """`disagreement` of each head, `divergence` and `similarity` to each other head."""
        yield from rows_of({DISAGREEMENT.name: self.disagreement})
        for about, values in ((DIVERGENCE, self.divergence), (SIMILARITY, self.similarity)):
            for (layer, head, other_layer, other_head), value in np.ndenumerate(values):
                if (layer, head) != (other_layer, other_head):
                    yield HeadRow(
                        measure=about.name,
                        layer=layer + 1,
                        head=head + 1,
                        other_layer=other_layer + 1,
                        other_head=other_head + 1,
                        value=known(value),
                    )


def jensen_shannon(
    weights: Float[Tensor, "batch #head query key"], others: Float[Tensor, "batch head query key"]
) -> Float[Tensor, "batch head query"]:
    """JS(p, q) = H((p + q) / 2) - H(p) / 2 - H(q) / 2, in nats (Lin 1991, eq. 4.1).

    In [0, ln 2]. Rounding below 0 is cut off.
    """
    apart = entropy((weights + others) / 2) - (entropy(weights) + entropy(others)) / 2
    return apart.clamp(min=0)


@dataclass(frozen=True)
class _Heads:
    """What one layer's heads did with the batch at hand."""

    weights: Float[Tensor, "batch head query key"]
    mixed: Float[Tensor, "batch head query d_head"]
    written: Float[Tensor, "head d_head d_model"]
    norm: Float[Tensor, "batch head query"]
    """The length of what each head writes into a token."""


@dataclass
class _PairMeans:
    """The mean of rows' values for every two heads, batch by batch, in double precision."""

    _sum: dict[tuple[int, int], Float[Tensor, "head head"]] = field(default_factory=dict)
    _rows: dict[tuple[int, int], Float[Tensor, "head head"]] = field(default_factory=dict)

    def add(
        self,
        layers: tuple[int, int],
        head: int,
        values: Float[Tensor, "batch head query"],
        counts: Bool[Tensor, "batch #head query"],
    ) -> None:
        """Count in one head of the first layer against each of the second."""
        heads = values.shape[1]
        for kept, found in (
            (self._sum, torch.where(counts, values, 0)),
            (self._rows, counts.expand_as(values)),
        ):
            empty = torch.zeros(heads, heads, dtype=torch.float64, device=values.device)
            of_head = found.sum(dim=(0, 2), dtype=torch.float64)
            kept.setdefault(layers, empty)[head] += of_head

    def result(self) -> Between:
        """NaN where no row was counted."""
        n_layers = 1 + max((layer for layer, _ in self._sum), default=-1)
        heads = len(self._sum[0, 0]) if n_layers else 0
        means = np.zeros((n_layers, heads, n_layers, heads))
        for (one, other), summed in self._sum.items():
            mean = (summed / self._rows[one, other]).cpu().numpy()
            means[one, :, other] = mean
            means[other, :, one] = mean.T
        return means


class Disagreement:
    """How every two heads of the network compare, over as many batches as there are.

    `divergence` is that of their weights (Clark et al. 2019, section 6), averaged over tokens, and
    `similarity` the cosine u . v / |u| |v| of what they write, u = mixed @ W^O_h, over the tokens
    that both write to (our own; for the heads' outputs before W^O, Li et al. 2018, section 3.2).
    Layers are added first to last; those of one batch are in memory at a time.
    """

    def __init__(self) -> None:
        self._divergence, self._similarity = _PairMeans(), _PairMeans()
        self._seen: list[_Heads] = []

    def add(self, work: LayerAtWork, _: Seen) -> None:
        """Count in one layer's work on one batch; of a batch, the first layer comes first."""
        mixed, written = work.mixed.double(), work.output.double()
        squared = (mixed @ (written @ written.transpose(1, 2)) * mixed).sum(dim=-1)
        ours = _Heads(work.weights, mixed, written, squared.clamp(min=0).sqrt())
        self._seen = [*(self._seen if work.layer else []), ours]
        for layer, theirs in enumerate(self._seen):
            for head in range(mixed.shape[1]):
                self._compare((work.layer, layer), head, ours, theirs, work.telling_rows)

    def rows(self) -> Iterator[HeadRow]:
        """As of `Disagreements`."""
        yield from self.result().rows()

    def result(self) -> Disagreements:
        """The means over all tokens."""
        return Disagreements(self._divergence.result(), self._similarity.result())

    def _compare(
        self,
        layers: tuple[int, int],
        head: int,
        ours: _Heads,
        theirs: _Heads,
        rows: Bool[Tensor, "batch 1 query"],
    ) -> None:
        """Count in one head against all of a layer."""
        one = slice(head, head + 1)
        apart = jensen_shannon(ours.weights[:, one], theirs.weights)
        self._divergence.add(layers, head, apart, rows)
        # (m W) . (n V) = (m W V^T) . n, without a vector of d_model numbers for every head.
        turned = ours.mixed[:, one] @ (ours.written[one] @ theirs.written.transpose(1, 2))
        product = (turned * theirs.mixed).sum(dim=-1)
        lengths = ours.norm[:, one] * theirs.norm
        writes = rows & (lengths > 0)
        cosine = torch.where(writes, product / lengths, 0).clamp(-1, 1)
        self._similarity.add(layers, head, cosine, writes)


MEASURE = Measure((DISAGREEMENT, DIVERGENCE, SIMILARITY), lambda _: Disagreement())
