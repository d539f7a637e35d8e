"""What a file in measures/ gives to the study, and what it is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Int
from numpy import ndarray
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.study.about import About
from pipeline.study.relations.arcs import Trees
from pipeline.study.relations.nearest_tag import Tags
from pipeline.study.rows import Mean, RowMask, RowValues
from pipeline.study.table import HeadRow, rows_of
from pipeline.tokens.batches import TokenBatch
from pipeline.tokens.store import TokenStore


@dataclass(frozen=True)
class Material:
    """Everything that a measure may rest on."""

    network: Network
    split: TokenStore
    """The sentences, as they were written: for a masked-word model too no word is hidden."""
    texts: Int[ndarray, " token"]
    """A number for the text of each token's word."""
    trees: Trees
    tags: Tags | None
    """What the model itself takes every word for; None where it gives no tags."""
    seed: int
    """Of what is drawn by chance."""


@dataclass(frozen=True)
class Seen:
    """The batch that the heads are at work on."""

    tokens: TokenBatch
    batch: Batch
    texts: Int[Tensor, "batch token"]
    """As of `Material`."""


@runtime_checkable
class Watch(Protocol):
    """Counts in what the heads do, batch by batch; no batch is kept."""

    def add(self, work: LayerAtWork, seen: Seen) -> None:
        """Count in one layer's work on one batch; of a batch, the first layer comes first."""
        ...

    def rows(self) -> Iterator[HeadRow]:
        """The figures, once every batch is counted in."""
        ...


@dataclass(frozen=True)
class Measure:
    """What one computation gives: the `MEASURE` of every file in measures/."""

    abouts: tuple[About, ...]
    """Of each name among the rows, in the order in which they are told."""
    start: Callable[[Material], Watch]
    reads: Callable[[Material], Iterator[Seen]] | None = None
    """What the heads are to be seen at work on; None: the sentences of the split."""


RowFigures = Iterator[tuple[About, RowValues, RowMask]]
"""Each measure's values of all rows, and which of the rows have one."""


class RowMeans:
    """The mean over all rows of all batches of what a function says of each row."""

    def __init__(self, figures: Callable[[LayerAtWork, Seen], RowFigures]) -> None:
        self._figures = figures
        self._means: dict[str, Mean] = {}

    def add(self, work: LayerAtWork, seen: Seen) -> None:
        """Count in one layer's work on one batch."""
        for about, values, counts in self._figures(work, seen):
            self._means.setdefault(about.name, Mean()).add(work.layer, values, counts)

    def rows(self) -> Iterator[HeadRow]:
        """One of each measure for each head; of no counted row, its value is None."""
        yield from rows_of({name: mean.result() for name, mean in self._means.items()})


def mean_of_rows(figures: Callable[[LayerAtWork, Seen], RowFigures], *abouts: About) -> Measure:
    """Measures of single rows, averaged."""
    return Measure(abouts, lambda _: RowMeans(figures))
