"""Does a head look at a fixed place: the token before, the token after, itself, the first?"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows
from pipeline.study.rows import RowMask, mass, top_share

_LOOK = "Where a head looks is not yet what it takes from there, nor what the answer rests on."
_VOITA = "Voita et al. 2019, section 5.1; Clark et al. 2019, section 3.1, average weights instead"

PLACES = {
    "previous": About(
        "previous",
        Family.LOOKS,
        title="looks at the previous token",
        unit="",
        meaning="Share of tokens whose most attended is the one before.",
        caveat=_LOOK,
        source=_VOITA,
        headline=Headline("previous", 30),
    ),
    "next": About(
        "next",
        Family.LOOKS,
        title="looks at the next token",
        unit="",
        meaning="Share of tokens whose most attended is the one after.",
        caveat=_LOOK,
        source=_VOITA,
        headline=Headline("next", 40),
    ),
    "self": About(
        "self",
        Family.LOOKS,
        title="looks at itself",
        unit="",
        meaning="Share of tokens whose most attended is the token itself.",
        caveat=_LOOK,
        source="after Clark et al. 2019, section 3.1, who average the weights on it",
        headline=Headline("self", 120),
    ),
    "first": About(
        "first",
        Family.LOOKS,
        title="looks at the first token",
        unit="",
        meaning="Share of tokens whose most attended is the first one.",
        caveat="Much weight on a fixed place can mean that the head has nothing to do there.",
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


MEASURE = mean_of_rows(figures, *PLACES.values())
