"""What a search knows -> the points that it tries next, the same whoever asks and however often.

Optuna's own loop asks while other trials are still running, so that what it suggests depends on how
many run at once and which ends first. Here a round is asked for at once, of a sampler of its own
seed, which is told every earlier point in the order of their numbers.
"""

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import create_trial

from pipeline.sweeps.dimensions import Choices, Dimension, shown

SAMPLERS: Mapping[str, type[RandomSampler] | type[TPESampler]] = {
    "tpe": TPESampler,
    "random": RandomSampler,
}
"""By the name that a person gives: Bergstra et al. 2011; Bergstra and Bengio 2012."""
SEEDS = IntDistribution(0, 2**32 - 1)
DIGITS = 4
"""Of a suggested number: no result depends on more, and names can be read."""


@dataclass(frozen=True)
class Known:
    """A point that was tried, and what came of it."""

    point: Mapping[str, Any]
    value: float


def as_optuna(
    point: Mapping[str, Any], dimensions: Sequence[Dimension]
) -> tuple[dict[str, BaseDistribution], dict[str, Any]]:
    """What varies, and a point in it, as Optuna has them; a choice stands there as its text."""
    space = {it.key: _distribution(it) for it in dimensions}
    values = {
        it.key: shown(point[it.key]) if isinstance(it, Choices) else point[it.key]
        for it in dimensions
    }
    others = point.keys() - space.keys()  # the seed, which is nothing to search for
    space |= dict.fromkeys(others, SEEDS)
    return space, values | {key: point[key] for key in others}


def suggested(
    dimensions: Sequence[Dimension],
    history: Sequence[Known],
    method: str,
    direction: Literal["minimize", "maximize"],
    seed: int,
    number: int,
    size: int,
) -> list[dict[str, Any]]:
    """The points of a round: of its number, the seed and what is known, nothing else.

    Args:
        dimensions: what varies.
        history: every point of earlier rounds that came to a value, in the order of their numbers.
        method: a name in SAMPLERS.
        direction: maximize or minimize.
        seed: the search's.
        number: the round's, from 0.
        size: how many points.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {it.key: _distribution(it) for it in dimensions}
    study = optuna.create_study(direction=direction, sampler=_sampler(method, seed, number))
    for known in history:
        _, params = as_optuna(known.point, dimensions)
        study.add_trial(create_trial(params=params, distributions=space, value=known.value))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        asked = [study.ask(space).params for _ in range(size)]
    return [_point(params, dimensions) for params in asked]


def _sampler(method: str, seed: int, number: int) -> BaseSampler:
    """A sampler that no other round has."""
    digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
    return SAMPLERS[method](seed=int.from_bytes(digest[:4], "big"))


def _distribution(dimension: Dimension) -> BaseDistribution:
    if isinstance(dimension, Choices):
        return CategoricalDistribution([shown(value) for value in dimension.values])
    low, high, is_log = dimension.low, dimension.high, dimension.is_log
    if dimension.is_whole:
        return IntDistribution(int(low), int(high), log=is_log)
    return FloatDistribution(float(low), float(high), log=is_log)


def _point(params: Mapping[str, Any], dimensions: Sequence[Dimension]) -> dict[str, Any]:
    """Numbers with a few digits, within their bounds; choices as they were written."""
    point: dict[str, Any] = {}
    for it in dimensions:
        found = params[it.key]
        if isinstance(it, Choices):
            point[it.key] = next(value for value in it.values if shown(value) == found)
        elif it.is_whole:
            point[it.key] = found
        else:
            rounded = float(f"{found:.{DIGITS}g}")
            point[it.key] = min(max(rounded, float(it.low)), float(it.high))
    return point
