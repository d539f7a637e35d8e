"""Two networks' heads on the same sentences -> which of one does what which of the other does.

Heads have no order: with another seed the same work is done in another place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from pipeline.artifacts import ModelFiles
from pipeline.comparison.subjects import Member
from pipeline.model.history import read_kept_epoch
from pipeline.study.measures.diversity import jensen_shannon
from pipeline.study.watched import SentenceWeights, read_watched, read_watched_tokens

Place = tuple[int, int]
"""Layer and head, both from 1."""


@dataclass(frozen=True)
class Pair:
    """A head of the first and the head of the other that is nearest in all."""

    ours: Place
    theirs: Place
    divergence: float
    """Mean Jensen-Shannon divergence of their rows of weights, in nats: 0 alike, 0.69 apart."""
    nearest_else: float | None
    """Of the nearest of the other's remaining heads: a pair that is no nearer is no pair."""


@dataclass(frozen=True, eq=False)
class Watched:
    """What a run's heads did with the watched sentences."""

    tokens: tuple[tuple[str, ...], ...]
    epochs: tuple[tuple[SentenceWeights, ...], ...]
    """For each epoch, for each sentence."""
    kept: int
    """The epoch whose weights the model has, from 1."""

    @property
    def weights(self) -> tuple[SentenceWeights, ...]:
        """The kept network's, a sentence each."""
        return self.epochs[self.kept - 1]


@dataclass(frozen=True, eq=False)
class Match:
    """The heads of two networks in pairs, those most alike first."""

    pairs: tuple[Pair, ...]
    alone: tuple[tuple[Place, ...], tuple[Place, ...]]
    """Heads of the first and of the other without a partner, where one has more."""
    ours: Watched
    theirs: Watched

    @property
    def mean(self) -> float:
        """Of the pairs' divergences, in nats."""
        return float(np.mean([pair.divergence for pair in self.pairs]))


def match_heads(one: Member, other: Member) -> Match | str:
    """The heads of two runs in pairs, or why there are none.

    Raises:
        ConnectionError, ValueError: the store cannot be used, or a file is damaged.
    """
    ours, theirs = watched_of(one), watched_of(other)
    for member, found in ((one, ours), (other, theirs)):
        if found is None:
            return (
                f"the heads are not matched: {member.named} kept no weights with the tokens that "
                f"they are of"
            )
    assert ours is not None
    assert theirs is not None
    if ours.tokens != theirs.tokens:
        return "the heads are not matched: they were not watched on the same tokens"
    apart = divergences(ours.weights, theirs.weights)
    return match(apart, ours, theirs)


def match(apart: Float[np.ndarray, "place other_place"], ours: Watched, theirs: Watched) -> Match:
    """The pairs whose divergences have the smallest sum (Kuhn 1955, as `scipy` solves it)."""
    places = [_places(found.weights[0]) for found in (ours, theirs)]
    rows, columns = linear_sum_assignment(apart)
    pairs = [
        Pair(
            places[0][row],
            places[1][column],
            float(apart[row, column]),
            min(map(float, np.delete(apart[row], column)), default=None),
        )
        for row, column in zip(rows, columns, strict=True)
    ]
    pairs.sort(key=lambda pair: pair.divergence)
    matched = {pair.ours for pair in pairs}, {pair.theirs for pair in pairs}
    alone = [
        tuple(place for place in all_of_them if place not in taken)
        for all_of_them, taken in zip(places, matched, strict=True)
    ]
    return Match(tuple(pairs), (alone[0], alone[1]), ours, theirs)


def divergences(
    ours: Sequence[SentenceWeights], theirs: Sequence[Float[Tensor, "other_layer other_head _ _"]]
) -> Float[np.ndarray, "place other_place"]:
    """The mean Jensen-Shannon divergence of every two heads, over all tokens of all sentences.

    Heads of all layers, layer by layer. In [0, ln 2].
    """
    sums: Tensor | int = 0
    tokens = 0
    for one, other in zip(ours, theirs, strict=True):
        first = one.double().flatten(0, 1)[:, None]
        second = other.double().flatten(0, 1)[None]
        heads = [jensen_shannon(row, second) for row in first.unsqueeze(1).unbind()]
        sums = sums + torch.cat([head.sum(dim=-1) for head in heads])
        tokens += one.shape[-1]
    assert isinstance(sums, Tensor)
    return np.asarray((sums / tokens).numpy())


def watched_of(member: Member) -> Watched | None:
    """What a run kept of its heads; None where it kept nothing, or has no head.

    Raises:
        ConnectionError, ValueError: the store cannot be used, or a file is damaged.
    """
    names = ModelFiles(Path("model"))
    weights = member.files.find_model(names.watched.name)
    kept = member.files.find_model(names.kept_epoch.name)
    if weights is None or kept is None:
        return None
    epochs, tokens = read_watched(weights), read_watched_tokens(weights)
    if not epochs or not tokens or not all(epochs):
        return None
    return Watched(tuple(tokens), tuple(map(tuple, epochs)), read_kept_epoch(kept.parent))


def _places(weights: SentenceWeights) -> list[Place]:
    layers, heads = weights.shape[:2]
    return [(layer + 1, head + 1) for layer in range(layers) for head in range(heads)]
