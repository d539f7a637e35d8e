"""Several p-values of one question -> what is left of each once it is known how many there are."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (Holm 1979), in the order given.

    The smallest p times how many there are, the next times one less, and so on, none below the one
    before: those below a level are wrong together in no more than that share of cases.
    """
    order = np.argsort(p_values, kind="stable")
    times = len(p_values) - np.arange(len(p_values))
    steps = np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * times)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(p) for p in adjusted]
