"""Does a head look at a fixed place: the token before, the token after, itself, the first?"""

from collections.abc import Iterator
from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import Measure, RowFigures, RowMeans, Seen
from pipeline.study.rows import RowMask, mass, top_share
from pipeline.study.table import HeadRow

_LOOK = "Looking at a word does not mean that the answer depends on it."
_VOITA = "Voita et al. 2019, section 5.1; Clark et al. 2019, section 3.1, average weights instead"

EVEN = "even"
"""The null: a head that looks at everything it sees alike."""

PLACES = {
    "previous": About(
        "previous",
        Family.LOOKS,
        title="looks at the previous token",
        unit="",
        meaning="Share of tokens that look most at the token before.",
        caveat=_LOOK,
        source=_VOITA,
        headline=Headline("previous", 30),
    ),
    "next": About(
        "next",
        Family.LOOKS,
        title="looks at the next token",
        unit="",
        meaning="Share of tokens that look most at the token after.",
        caveat=_LOOK,
        source=_VOITA,
        headline=Headline("next", 40),
    ),
    "self": About(
        "self",
        Family.LOOKS,
        title="looks at itself",
        unit="",
        meaning="Share of tokens that look most at themselves.",
        caveat=_LOOK,
        source="after Clark et al. 2019, section 3.1, who average the weights on it",
        headline=Headline("self", 120),
    ),
    "first": About(
        "first",
        Family.LOOKS,
        title="looks at the first token",
        unit="",
        meaning="Share of tokens that look most at the first token.",
        caveat="A head that always looks at one place may have nothing to do there.",
        source="after Clark et al. 2019, section 3.2, who average the weights on [CLS]",
        headline=Headline("first", 130),
    ),
}


def targets(sees: Bool[Tensor, "batch query key"]) -> dict[str, Bool[Tensor, "batch query key"]]:
    """For each of PLACES, where it lies; no True in the row of a token that cannot see it."""
    place = torch.arange(sees.shape[-1], device=sees.device)
    offset = place - place[:, None]
    first = (place == 0).expand_as(offset)
    found = {"previous": offset == -1, "next": offset == 1, "self": offset == 0, "first": first}
    return {name: found[name] & sees for name in PLACES}


def looks_at(
    weights: Float[Tensor, "batch head query key"],
    sees: Bool[Tensor, "batch query key"],
    rows: RowMask,
) -> RowFigures:
    """1 where a token's most attended is at the place, 0 elsewhere; of the tokens that see it.

    Keys that tie share the 1. Positional heads are found so by Voita et al. 2019, section 5.1.
    """
    top = top_share(weights)
    for name, where in targets(sees).items():
        yield PLACES[name], mass(top, where), rows & where.any(dim=-1)[:, None, :]


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """As `looks_at`."""
    return looks_at(work.weights, work.sees, work.telling_rows)


def even_figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """As `looks_at`, of weights that are the same for all tokens that a token sees: 1 head's."""
    return looks_at(work.sees[:, None].float(), work.sees, work.telling_rows)


class PlacesBesideEven:
    """What every head looks at, and beside each of its figures what even weights give."""

    def __init__(self) -> None:
        self._heads, self._even = RowMeans(figures), RowMeans(even_figures)

    def add(self, work: LayerAtWork, seen: Seen) -> None:
        """Count in one layer's work on one batch."""
        self._heads.add(work, seen)
        self._even.add(work, seen)

    def rows(self) -> Iterator[HeadRow]:
        """A head's own figure, then the null's, which is the same for every head of a layer."""
        even = {(row.measure, row.layer): row for row in self._even.rows()}
        for row in self._heads.rows():
            yield row
            yield replace(even[row.measure, row.layer], head=row.head, null=EVEN)


MEASURE = Measure((*PLACES.values(),), lambda _: PlacesBesideEven())
