"""What each head of each run of a group does, since when, and what it is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from pipeline.comparison.matching import Place, Watched
from pipeline.study.interventions.changed_rows import ZERO_LOSS
from pipeline.study.measures.duplicate_mass import DUPLICATE_MASS
from pipeline.study.measures.places import PLACES
from pipeline.study.roles import chosen_places
from pipeline.study.table import HeadRow
from pipeline.study.verdicts import by_head, followed, looked_at, value_of

NO_ROLE = "none"
MOST_OF_IT = 0.5
"""Of the weight of a repeated word, on its other places: then a head is one of repeated words."""


@dataclass(frozen=True)
class HeadOfRun:
    """One head of one run."""

    run: int
    """Its number in the group, from 0."""
    place: Place
    role: str
    """A relation that it follows, a place that it chooses, `duplicate`, or `none`."""
    born: int | None
    """The epoch, from 1, since which it chose its place on the watched sentences up to the kept
    one; None where its role is no place, or is not seen on so few sentences."""
    worth: float | None
    """The loss increase without it, in nats; None where it was not tried."""
    stability: float | None
    """As of `Stability`, over the other runs; None where it is not defined."""


def heads_of_run(
    run: int,
    rows: Sequence[HeadRow],
    watched: Watched,
    stability: Float[np.ndarray, " place"],
) -> Iterator[HeadOfRun]:
    """Every head of one run, layer by layer; `rows` are those of its study."""
    found = by_head(rows)
    chosen = [chosen_places(epoch) for epoch in watched.epochs[: watched.kept]]
    for place, stable in zip(sorted(chosen[-1]), stability, strict=True):
        its = found.get(place, {})
        role = role_of(its)
        loss = its.get(ZERO_LOSS.name)
        worth = None if loss is None else loss.value
        born = _born([epoch[place] for epoch in chosen], role)
        known = None if np.isnan(stable) else float(stable)
        yield HeadOfRun(run, place, role, born, worth, known)


def role_of(its: Mapping[str, HeadRow]) -> str:
    """What a head is said to do, by its rows as `by_head` has them.

    A relation counts where the head beats both rules that know no tree, a place as of
    `chosen_place`.
    """
    if relations := followed(its):
        return f"{relations[0].relation} ({relations[0].direction})"
    if found := looked_at(its):
        return found[0]
    return "duplicate" if value_of(its.get(DUPLICATE_MASS.name)) > MOST_OF_IT else NO_ROLE


def _born(chosen: Sequence[str | None], role: str) -> int | None:
    if role not in PLACES or chosen[-1] != role:
        return None
    others = [epoch for epoch, place in enumerate(chosen, start=1) if place != role]
    return max(others, default=0) + 1
