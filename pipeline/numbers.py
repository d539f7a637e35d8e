"""Numbers as people read them, with no more digits than they can bear."""

import math
from typing import SupportsFloat

ABSENT = "-"
DECIMALS = 3
"""Some 25,000 words tell accuracies apart by no less than about 0.003."""
DRAWS = 1000
"""Of runs that do not say how many they made."""


def bound_error(low: float, high: float, draws: float | None) -> float:
    """Two standard errors of an interval's ends: how far another seed could have put them.

    An end is the quantile q_p of B draws: its variance is p (1 - p) / (B f(q_p)^2), f the density
    of what is drawn (Serfling 1980, section 2.3.3). Where that is normal and the interval of 95 %,
    p = 0.025, an end's standard error is 0.68 of the interval's width over sqrt(B): 2.2 % of the
    width for 1,000 draws. From 80 to 95 % it is 0.64 to 0.68, at 99 % 0.95.
    """
    return 2 * 0.68 * (high - low) / math.sqrt(draws or DRAWS)


def bound_decimals(low: float, high: float, draws: float | None) -> int:
    """DECIMALS at most, and so many that the last is off by no more than one in 19 of 20 cases."""
    error = bound_error(low, high, draws)
    decimals = DECIMALS
    while decimals and 10.0**-decimals < error:
        decimals -= 1
    return decimals


def interval_text(
    low: float, high: float, draws: float | None, most_decimals: int = DECIMALS
) -> str:
    """[0.939, 0.947], and [0.18, 0.20] where the third digit is chance."""
    decimals = min(most_decimals, bound_decimals(low, high, draws))
    ends = (round(end, decimals) + 0.0 for end in (low, high))  # no sign before a zero
    return f"[{', '.join(f'{end:.{decimals}f}' for end in ends)}]"


def with_interval(
    value: float | None, low: float | None, high: float | None, draws: float | None
) -> str:
    """0.943 [0.939, 0.947]; the number alone where there is no interval."""
    interval = "" if low is None or high is None else f" {interval_text(low, high, draws)}"
    return number_text(value) + interval


def points_with_interval(value: float, low: float, high: float, draws: float | None) -> str:
    """2.8 points [2.5, 3.0]: parts of a hundred, of values in [0, 1]."""
    return f"{100 * value:.1f} points {interval_text(100 * low, 100 * high, draws, 1)}"


def number_text(value: float | None) -> str:
    """Three decimals, whatever the size; nan and inf as they are, "-" for None."""
    if value is None:
        return ABSENT
    return f"{value:.{DECIMALS}f}" if math.isfinite(value) else str(value)


def digits(value: SupportsFloat) -> str:
    """Two decimals, fewer from 10 on: 0.12, -3.45, 12.3, 400, 2e+05; no zero has a sign."""
    number = float(value)
    size = abs(number)
    if size < 0.005:
        return "0.00"
    if size < 9.995:
        return f"{number:.2f}"
    return f"{number:.1f}" if size < 99.95 else f"{number:.0f}" if size < 1e5 else f"{number:.0e}"


def signed(value: SupportsFloat) -> str:
    """A number to be added, as `digits` writes it: +0.12."""
    text = digits(value)
    return text if text.startswith("-") else f"+{text}"
