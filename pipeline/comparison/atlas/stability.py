"""The heads of runs that differ by their seeds -> how well each is found again in the others.

Heads have no order, so they are matched first; and a match of heads that have nothing in common
finds some likeness too. So every match stands beside matches of heads whose rows were dealt out
anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from pipeline.comparison.chance import DRAWS, generator_of
from pipeline.resampling import Estimate, interval_of
from pipeline.study.measures.diversity import jensen_shannon
from pipeline.study.watched import SentenceWeights

DEALS = 100
"""Times that rows are dealt out anew, for each pair of runs."""
LEAST = 3
"""Runs that an interval over runs needs."""

Places = Float[np.ndarray, "place other_place"]


@dataclass(frozen=True, eq=False)
class Stability:
    """How well the heads of runs are found again in each other.

    A head's stability in another run is 1 - d / e: d is its divergence from its partner there, e
    its mean divergence from its partner where the other's rows are dealt out anew among its heads.
    1: the partner does the same; 0: it is no more alike than chance makes it. Where a run has one
    head there is no other to deal rows to: nothing is defined then, and every number is NaN.
    """

    between: Float[np.ndarray, "run other place"]
    """Of each head of each run in each other run; NaN in the run itself."""
    mean: Estimate
    """Over all heads and pairs of runs, with an interval over runs; no interval of two runs."""
    p: float
    """How often heads whose rows were dealt out anew are matched as closely."""

    @property
    def by_head(self) -> Float[np.ndarray, "run place"]:
        """Of each head, over the other runs."""
        if not self.is_defined:
            return np.asarray(self.between[:, 0])
        return np.asarray(np.nanmean(self.between, axis=1))

    @property
    def is_defined(self) -> bool:
        """Whether a run has heads that chance can choose between."""
        return bool(self.between.shape[2] > 1)


def measure_stability(
    runs: Sequence[Sequence[SentenceWeights]], level: float, deals: int = DEALS
) -> Stability:
    """Match every two runs, both as they are and dealt out anew; `level` is the interval's.

    Raises:
        ValueError: fewer than two runs, or their heads are not of one shape.
    """
    if len(runs) < 2:
        raise ValueError(f"expected two runs at least, got {len(runs)}")
    shapes = {tuple(one.shape for one in run) for run in runs}
    if len(shapes) > 1:
        raise ValueError("expected the same sentences and as many heads in every run")
    places = runs[0][0].shape[0] * runs[0][0].shape[1]
    found = np.full((len(runs), len(runs), places), np.nan)
    if places < 2:
        return Stability(found, Estimate(np.nan, np.nan, np.nan), np.nan)
    matched, dealt = [], []
    for one, other in permutations(range(len(runs)), 2):
        rows = row_divergences(runs[one], runs[other])
        seen, chance = _matched(rows), _dealt(rows, deals, f"deals of {one} and {other}")
        expected = chance.mean(axis=0)
        found[one, other] = 1 - np.divide(
            seen, expected, out=np.ones_like(seen), where=expected > 0
        )
        matched.append(seen.mean())
        dealt.append(chance.mean(axis=1))
    as_close = int((np.mean(dealt, axis=0) <= np.mean(matched) + 1e-12).sum())
    return Stability(found, _over_runs(found, level), (1 + as_close) / (1 + deals))


def row_divergences(
    ours: Sequence[SentenceWeights], theirs: Sequence[SentenceWeights]
) -> Float[np.ndarray, "row place other_place"]:
    """The Jensen-Shannon divergence of every two heads for each token of each sentence, in nats."""
    rows: list[Tensor] = []
    for one, other in zip(ours, theirs, strict=True):
        second = other.double().flatten(0, 1)[None]
        heads = [jensen_shannon(it[None, None], second)[0] for it in one.double().flatten(0, 1)]
        rows.append(torch.stack(heads).permute(2, 0, 1))
    return np.asarray(torch.cat(rows).numpy())


def _matched(rows: Float[np.ndarray, "row place other_place"]) -> Float[np.ndarray, " place"]:
    """Each head's divergence from its partner, where the sum of all is smallest."""
    apart = rows.mean(axis=0)
    return np.asarray(apart[linear_sum_assignment(apart)])


def _dealt(
    rows: Float[np.ndarray, "row place other_place"], deals: int, purpose: str
) -> Float[np.ndarray, "deal place"]:
    """The same, with each row of the others' heads given to one of them by lot, again and again."""
    generator = generator_of(purpose)
    found = np.empty((deals, rows.shape[1]))
    for deal in range(deals):
        order = generator.random((len(rows), 1, rows.shape[2])).argsort(axis=-1)
        found[deal] = _matched(np.take_along_axis(rows, order, axis=2))
    return found


def _over_runs(found: Float[np.ndarray, "run other place"], level: float) -> Estimate:
    """The mean over pairs of runs; runs are drawn for its interval, with all their pairs."""
    pairs, runs = np.nan_to_num(found.mean(axis=2)), len(found)
    value = float(pairs.sum() / (runs * (runs - 1)))
    if runs < LEAST:
        return Estimate(value, np.nan, np.nan)
    drawn = generator_of("runs of an atlas").integers(runs, size=(DRAWS, runs))
    times = (drawn[:, :, None] == np.arange(runs)).sum(axis=1).astype(float)
    weight = times[:, :, None] * times[:, None, :] * (1 - np.eye(runs))
    total = weight.sum(axis=(1, 2))
    means = (weight * pairs).sum(axis=(1, 2))[total > 0] / total[total > 0]
    return Estimate(value, *interval_of(means, level))
