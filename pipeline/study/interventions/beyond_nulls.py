"""The rows of the study -> what is left of the weights beside rankings that know none of them."""

from collections.abc import Sequence

from pipeline.numbers import with_interval
from pipeline.study.interventions.nulls import LESS_IS_BETTER
from pipeline.study.table import HeadRow


def beyond_text(rows: Sequence[HeadRow], measure: str, draws: int | None) -> str | None:
    """What each of NULLS reaches, and which heads do better than the best; None where not known.

    A head does better, or worse, where the interval of its difference from that ranking, target by
    target, leaves 0 out; where no difference was taken, nothing is said of it. `draws` are those
    of the intervals.
    """
    its = [row for row in rows if row.measure == measure and row.value is not None]
    nulls = {row.null: row for row in its if row.null}
    if not nulls:
        return None
    sign = -1 if measure in LESS_IS_BETTER else 1
    best = max(nulls, key=lambda name: sign * (nulls[name].value or 0.0))
    reached = ", ".join(f"{name} {_figure(row, draws)}" for name, row in nulls.items())
    left: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for row in its:
        if row.beyond == best:
            told = f"{row.layer}.{row.head} ({_figure(row, draws)})"
            left[_kind(row, sign)].append(told)
    if not any(left.values()):
        return f"For comparison, without any head: {reached}."
    kinds = "; ".join(f"{kind} {_named(heads)}" for kind, heads in left.items() if heads)
    none = "" if left[KINDS[0]] else "no head is better; "
    return (
        f"For comparison, simple rankings without any weights: {reached}. Heads minus {best}, for "
        f"the same words: {none}{kinds}."
    )


KINDS = ("better", "no clear difference", "worse")


def _kind(row: HeadRow, sign: int) -> str:
    low, high = row.low or 0.0, row.high or 0.0
    if low <= 0 <= high:
        return KINDS[1]
    return KINDS[0] if sign * low > 0 else KINDS[2]


def _figure(row: HeadRow, draws: int | None) -> str:
    return with_interval(row.value, row.low, row.high, draws)


def _named(heads: Sequence[str]) -> str:
    more = f" and {len(heads) - NAMED} more" * (len(heads) > NAMED)
    return ", ".join(heads[:NAMED]) + more


NAMED = 5
