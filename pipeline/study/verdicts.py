"""The rows of the study -> one line on each head, worth most first, and one on all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.numbers import interval_text, points_with_interval
from pipeline.study.interventions.changed_rows import (
    PRUNING_ACCURACY,
    PRUNING_LOSS,
    ZERO_ACCURACY,
    ZERO_LOSS,
)
from pipeline.study.measures.places import EVEN, PLACES
from pipeline.study.measures.syntax import ACCURACY, BASELINE, FOLLOWS, TAG_BASELINE
from pipeline.study.roles import chosen_place
from pipeline.study.table import HeadRow

NAMED = 2
"""Relations that are named; the others are counted."""
FEW = 20
"""Heads, above which it is said how many would be named by chance."""
CHANCE = 0.05
"""At most so many of the heads without any effect: two intervals of 95 %, one side of each."""
THE_PLACE = {
    "previous": "the previous token",
    "next": "the next token",
    "self": "itself",
    "first": "the first token",
}

Place = tuple[int, int]
"""Layer and head, both from 1."""


@dataclass(frozen=True)
class Verdict:
    """What there is to say of a head first."""

    layer: int
    head: int
    """Both from 1."""
    name: str
    """Head 3; of more layers than one, head 2.3."""
    text: str
    """Where it looks, and what is lost without it."""
    matters: bool | None
    """Whether the loss rises or the accuracy falls without it, by an interval that leaves 0 out.

    None: it was not tried.
    """

    @property
    def line(self) -> str:
        """The whole of it."""
        return f"{self.name}: {self.text}"


def head_verdicts(rows: Sequence[HeadRow], draws: int | None) -> list[Verdict]:
    """Every head: those that matter first, by what the accuracy loses; the others in their places.

    A head whose loss alone tells comes after those whose accuracy does. `draws` are those of the
    intervals.
    """
    found = by_head(rows)
    layers = max((layer for layer, _ in found), default=0)
    ranked = sorted(found, key=lambda place: (_worth(found[place]), place))
    return [_verdict(place, found[place], layers, draws) for place in ranked]


def overall_line(rows: Sequence[HeadRow], draws: int | None) -> str:
    """Whether any head matters, and what is lost without all of them.

    "" where there is no head, or none was taken away.
    """
    verdicts = head_verdicts(rows, draws)
    tried = [one for one in verdicts if one.matters is not None]
    if not tried:
        return ""
    matter = sum(one.matters is True for one in tried)
    if not matter:
        told = "No head matters on its own: without any one of them, nothing gets measurably worse."
    elif matter == 1:
        told = f"1 of {len(tried)} heads matters on its own."
    else:
        told = f"{matter} of {len(tried)} heads matter on their own."
    if len(tried) > FEW:
        most = round(CHANCE * len(tried))
        told += f" (Of so many heads, up to {most} that do nothing would be named by chance.)"
    return " ".join([told, *_without_all(rows, len(tried), draws)])


def _without_all(rows: Sequence[HeadRow], heads: int, draws: int | None) -> Iterator[str]:
    """What is lost at the last step of pruning; of one head alone its own line says it."""
    last = {row.measure: row for row in rows if row.step == heads}
    lost = _lost(last.get(PRUNING_ACCURACY.name), last.get(PRUNING_LOSS.name), draws)
    if heads > 1 and lost:
        yield f"Without all {heads}, {lost}."


def by_head(rows: Sequence[HeadRow]) -> dict[Place, dict[str, HeadRow]]:
    """Each head's rows: its own by the measure's name, what even weights give under "even NAME".

    Those of a relation stand under the measure, the relation and its direction.
    """
    found: dict[Place, dict[str, HeadRow]] = {}
    for row in rows:
        if row.head is None:
            continue
        its = found.setdefault((row.layer, row.head), {})
        if row.is_plain:
            its[row.measure] = row
        elif row.null == EVEN:
            its[f"{EVEN} {row.measure}"] = row
        elif row.relation is not None:
            its[f"{row.measure} {row.relation} {row.direction}"] = row
    return found


def _verdict(place: Place, its: Mapping[str, HeadRow], layers: int, draws: int | None) -> Verdict:
    accuracy, loss = its.get(ZERO_ACCURACY.name), its.get(ZERO_LOSS.name)
    tried = accuracy is not None or loss is not None
    lost = _lost(accuracy, loss, draws)
    parts = [_looks(its), *_followed(its)]
    if tried:
        parts.append(f"without it {lost or 'nothing gets measurably worse'}")
    layer, head = place
    name = f"Head {head}" if layers == 1 else f"Head {layer}.{head}"
    return Verdict(layer, head, name, "; ".join(parts), bool(lost) if tried else None)


def looked_at(its: Mapping[str, HeadRow]) -> tuple[str, float, float] | None:
    """The place that a head chooses, how often, and how often even weights do; None of none."""
    shares = {name: value_of(its.get(name)) for name in PLACES}
    even = {name: value_of(its.get(f"{EVEN} {name}")) for name in PLACES}
    most = chosen_place(shares, even)
    return None if most is None else (most, shares[most], even[most])


def followed(its: Mapping[str, HeadRow]) -> list[HeadRow]:
    """Of the relations that a head follows, the rows that say so."""
    return [row for row in its.values() if row.measure == FOLLOWS.name and row.value]


def _looks(its: Mapping[str, HeadRow]) -> str:
    """The place that it looks at most often, beside what even weights give."""
    found = looked_at(its)
    if found is None:
        return "no fixed place"
    place, share, even = found
    beside = f" (even weights: {100 * even:.0f} %)" if even else ""
    return f"{THE_PLACE[place]} {100 * share:.0f} % of the time{beside}"


def _followed(its: Mapping[str, HeadRow]) -> Iterator[str]:
    """The relations in which it beats both rules that know no tree, beside what these reach."""
    found = followed(its)
    if not found:
        return
    told = []
    for row in found[:NAMED]:
        own, fixed, tag = (
            100 * value_of(its.get(f"{about.name} {row.relation} {row.direction}"))
            for about in (ACCURACY, BASELINE, TAG_BASELINE)
        )
        beside = f"{own:.0f} %; fixed distance {fixed:.0f} %, nearest tag {tag:.0f} %"
        told.append(f"{row.relation} ({row.direction}: {beside})")
    more = f" and {len(found) - NAMED} more" * (len(found) > NAMED)
    yield f"follows {', '.join(told)}{more}"


def _lost(accuracy: HeadRow | None, loss: HeadRow | None, draws: int | None) -> str:
    """What gets worse, by an interval that leaves 0 out: the accuracy, else the loss; else ""."""
    if _falls(accuracy):
        low, high = -_end(accuracy, "high"), -_end(accuracy, "low")
        return f"accuracy falls by {points_with_interval(-value_of(accuracy), low, high, draws)}"
    if _end(loss, "low") > 0:
        between = interval_text(_end(loss, "low"), _end(loss, "high"), draws)
        return f"the loss rises by {value_of(loss):.3f} nats {between}"
    return ""


def _worth(its: Mapping[str, HeadRow]) -> tuple[int, float]:
    """The lowest is worth most."""
    accuracy, loss = its.get(ZERO_ACCURACY.name), its.get(ZERO_LOSS.name)
    if _falls(accuracy):
        return 0, value_of(accuracy)
    return (1, -value_of(loss)) if _end(loss, "low") > 0 else (2, 0.0)


def _falls(accuracy: HeadRow | None) -> bool:
    return _end(accuracy, "high") < 0


def value_of(row: HeadRow | None) -> float:
    """Its value; 0 of no row, and where it is not defined."""
    return 0.0 if row is None or row.value is None else row.value


def _end(row: HeadRow | None, side: str) -> float:
    end = None if row is None else getattr(row, side)
    return 0.0 if end is None else end
