"""What weights reach, and what rankings that know none of them do -> rows with intervals."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from pipeline.resampling import Estimate, Resampling, bootstrap_ratios
from pipeline.study.interventions.nulls import NULLS, BesideNulls
from pipeline.study.table import HeadRow

LESS = "less "
"""How the detail of a difference begins."""

Figure = tuple[HeadRow, Float[np.ndarray, " sentence"], Int[np.ndarray, " sentence"]]
"""A row without its value, its sums by sentence, and the targets that they are over."""


def faithfulness_rows(
    found: BesideNulls, sentences: Int[np.ndarray, " sentence"], resampling: Resampling
) -> Iterator[HeadRow]:
    """Of each measure a head's own row; where the order of weights alone counts, two more a null.

    "nearness" is what that ranking reaches, the same for every head; "less nearness" is the head's
    figure less that, over the targets where both are known. All intervals are of the same draws, so
    the last is of paired differences. `sentences` are the numbers in the split.
    """
    rows, totals, known = zip(*_figures(found), strict=True)
    counts = np.column_stack(known)
    if counts.any():
        told = bootstrap_ratios(np.column_stack(totals), counts, sentences, resampling)
    else:
        told = [Estimate(math.nan, math.nan, math.nan)] * len(rows)
    for row, one in zip(rows, told, strict=True):
        yield replace(row, value=_known(one.value), low=_known(one.low), high=_known(one.high))


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _figures(found: BesideNulls) -> Iterator[Figure]:
    for measure, sums in found.heads.items():
        for layer, head in np.ndindex(sums.total.shape[1:]):
            at = slice(None), layer, head
            row = HeadRow(measure, layer + 1, head + 1, "", None)
            yield row, sums.total[at], sums.known[at]
            if measure in found.nulls:
                null, beyond = found.nulls[measure], found.beyond[measure]
                for number, name in enumerate(NULLS):
                    its = replace(row, detail=name)
                    yield its, null.total[:, number], null.known[:, number]
                    at_null = slice(None), number, layer, head
                    its = replace(row, detail=LESS + name)
                    yield its, beyond.total[at_null], beyond.known[at_null]
