"""The study's rows -> what the pages say of each head: every number with its meaning."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.numbers import interval_text
from pipeline.study.about import About
from pipeline.study.interventions.beyond_nulls import beyond_text
from pipeline.study.interventions.changed_rows import PRUNING_ACCURACY, PRUNING_LOSS
from pipeline.study.measures.diversity import DIVERGENCE, SIMILARITY
from pipeline.study.measures.syntax import ACCURACY, BASELINE, FOLLOWS, TAG_BASELINE, TAG_P, P
from pipeline.study.registry import abouts
from pipeline.study.relations.followed import Question, question_of
from pipeline.study.relations.scores import SIGNIFICANT
from pipeline.study.table import HeadRow

RELATIONS = 5
NEAREST = 4
"""Other heads that are told of, those whose weights lie nearest."""
NOT_KNOWN, NOT_DEFINED = "not known", "not defined"


def head_measures(
    rows: Sequence[HeadRow], layers: int, heads: int, draws: int
) -> list[dict[str, Any]]:
    """The measures of single heads, with values, texts and intervals, layer x head.

    A value is None where the measure is not defined for a head, or its row is missing. A measure
    without any row of a single head is left out.
    """
    plain = [row for row in rows if row.is_plain]
    found = {(row.measure, row.layer, row.head): row.value for row in plain}
    between = {(row.measure, row.layer, row.head): interval_of(row, draws) for row in plain}
    grid = [[(layer, head) for head in range(1, heads + 1)] for layer in range(1, layers + 1)]
    return [
        _described(about, [[found.get((name, *place), NOT_KNOWN) for place in row] for row in grid])
        | {
            "intervals": [[between.get((name, *place), "") for place in row] for row in grid],
            "nulls": (beyond_text(rows, name, draws) or "").replace("-", "\N{MINUS SIGN}"),
        }
        for name, about in abouts().items()
        if any(row.measure == name and row.head is not None for row in plain)
    ]


def layer_measures(rows: Sequence[HeadRow], layers: int) -> list[dict[str, Any]]:
    """The measures of whole layers, with values and texts, layer x 1."""
    found = {(row.measure, row.layer): row.value for row in rows if row.head is None}
    names = {name for name, _ in found}
    return [
        _described(about, [[found.get((name, layer), NOT_KNOWN)] for layer in range(1, layers + 1)])
        for name, about in abouts().items()
        if name in names
    ]


def unknown_measures(rows: Sequence[HeadRow]) -> list[str]:
    """The titles of the measures of which there is no row at all."""
    known = {row.measure for row in rows}
    return [about.title for name, about in abouts().items() if name not in known]


def syntax_relations(rows: Sequence[HeadRow]) -> dict[str, list[dict[str, str]]]:
    """For heads such as "1.2", the relations in which they lead the fixed distance significantly.

    Beside both references, and whether the head follows the relation: beats both. RELATIONS of
    them at most; those that it follows first, then the widest lead over the fixed distance.
    """
    best: dict[str, list[tuple[tuple[float, float], dict[str, str]]]] = {}
    for (layer, head, relation, direction), found in _questions(rows).items():
        if not all(measure in found for measure in (ACCURACY, BASELINE, P)):
            continue
        lead = found[ACCURACY] - found[BASELINE]
        if found[P] < SIGNIFICANT and lead > 0:
            rank = (-found.get(FOLLOWS, 0.0), -lead)
            told = _told(f"{relation}: {direction}", found)
            best.setdefault(f"{layer}.{head}", []).append((rank, told))
    return {
        place: [told for _, told in sorted(one, key=lambda pair: pair[0])[:RELATIONS]]
        for place, one in best.items()
    }


def _questions(rows: Sequence[HeadRow]) -> dict[Question, dict[About | str, Any]]:
    """What is known of each question to each head; the usual tag's name under "tag"."""
    found: dict[Question, dict[About | str, Any]] = {}
    for row in rows:
        if row.relation is not None:
            figures = found.setdefault(question_of(row), {})
            if row.value is not None:
                figures[abouts()[row.measure]] = row.value
            if row.tag:
                figures["tag"] = row.tag
    return found


def _told(relation: str, found: Mapping[About | str, Any]) -> dict[str, str]:
    """A row of the page's table, by its headings."""
    by_tag, is_followed = NOT_KNOWN, NOT_KNOWN
    if FOLLOWS in found:
        by_tag = f"{found['tag']} {figure_text(found[TAG_BASELINE])}, "
        by_tag += f"p {figure_text(found[TAG_P])}"
        is_followed = "yes" if found[FOLLOWS] else "no"
    return {
        "relation": relation,
        "accuracy": figure_text(found[ACCURACY]),
        "fixed distance": f"{figure_text(found[BASELINE])}, p {figure_text(found[P])}",
        "nearest tag": by_tag,
        "follows": is_followed,
    }


def nearest_heads(rows: Sequence[HeadRow]) -> dict[str, list[dict[str, str]]]:
    """For heads such as "1.2", the NEAREST other heads by the divergence of their weights."""
    alike = {_pair_of(row): row.value for row in rows if row.measure == SIMILARITY.name}
    found: dict[str, list[tuple[float, dict[str, str]]]] = {}
    for row in rows:
        if row.measure == DIVERGENCE.name and row.value is not None:
            told = {
                "other": f"{row.other_layer}.{row.other_head}",
                "divergence": figure_text(row.value),
                "similarity": figure_text(alike.get(_pair_of(row))),
            }
            found.setdefault(f"{row.layer}.{row.head}", []).append((row.value, told))
    return {
        place: [told for _, told in sorted(one, key=lambda pair: pair[0])[:NEAREST]]
        for place, one in found.items()
    }


def _pair_of(row: HeadRow) -> tuple[int | None, ...]:
    return row.layer, row.head, row.other_layer, row.other_head


def pruning_steps(rows: Sequence[HeadRow], draws: int) -> list[dict[str, Any]]:
    """The heads in the order in which they go, with what has changed once each is gone.

    `width` is the rise of the loss in parts of the largest, in [0, 100].
    """
    steps: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row.step is not None and row.value is not None:
            step = steps.setdefault(row.step, {})
            name = PRUNING[row.measure]
            step |= {"head": f"{row.layer}.{row.head}", name: row.value}
            step[f"{name}_interval"] = interval_of(row, draws)
    top = max((step["loss"] for step in steps.values()), default=0)
    return [
        {
            "head": step["head"],
            "loss": _change(step["loss"]),
            "accuracy": _change(step["accuracy"]),
            "loss_interval": step["loss_interval"],
            "accuracy_interval": step["accuracy_interval"],
            "width": f"{100 * max(0, step['loss']) / (top if top > 0 else 1):.1f}",
        }
        for _, step in sorted(steps.items())
    ]


def _change(value: float) -> str:
    """With its sign, all to the same digit."""
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


PRUNING = {PRUNING_LOSS.name: "loss", PRUNING_ACCURACY.name: "accuracy"}


def figure_text(value: float | None) -> str:
    """Three decimals; less than half of the last, as a power of ten."""
    if value is None:
        return NOT_DEFINED
    small = 0 < abs(value) < 0.0005
    return (f"{value:.0e}" if small else f"{value:.3f}").replace("-", "\N{MINUS SIGN}")


def interval_of(row: HeadRow, draws: int) -> str:
    """[0.060, 0.070]; "" where there is none."""
    if row.low is None or row.high is None:
        return ""
    return interval_text(row.low, row.high, draws).replace("-", "\N{MINUS SIGN}")


def limits_of(measures: Iterable[About]) -> str:
    """What the measures of a table do not prove, each sentence once."""
    return " ".join(dict.fromkeys(about.caveat for about in measures))


def _described(about: About, values: Sequence[Sequence[float | str | None]]) -> dict[str, Any]:
    return {
        "name": about.name,
        "family": about.family.value,
        "title": about.title,
        "unit": about.unit,
        "meaning": about.meaning,
        "caveat": about.caveat,
        "source": about.source,
        "values": [[None if isinstance(v, str) else v for v in row] for row in values],
        "texts": [[v if isinstance(v, str) else figure_text(v) for v in row] for row in values],
    }
