"""The study's rows -> what the pages say of each head: every number with its meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.intervals import interval_text
from pipeline.study.catalogue import ABOUT, FAMILIES
from pipeline.study.interventions.beyond_nulls import beyond_text
from pipeline.study.relations.scores import SIGNIFICANT
from pipeline.study.table import HeadRow

RELATIONS = 5
NEAREST = 4
"""Other heads that are told of, those whose weights lie nearest."""
NOT_KNOWN, NOT_DEFINED = "not known", "not defined"


def head_measures(
    rows: Sequence[HeadRow], layers: int, heads: int, draws: int
) -> list[dict[str, Any]]:
    """The catalogue's measures of single heads, with values, texts and intervals, layer x head.

    A value is None where the measure is not defined for a head, or its row is missing. A measure
    without any row of a single head is left out.
    """
    plain = [row for row in rows if not row.detail]
    found = {(row.measure, row.layer, row.head): row.value for row in plain}
    between = {(row.measure, row.layer, row.head): interval_of(row, draws) for row in plain}
    grid = [[(layer, head) for head in range(1, heads + 1)] for layer in range(1, layers + 1)]
    return [
        _described(name, [[found.get((name, *place), NOT_KNOWN) for place in row] for row in grid])
        | {
            "intervals": [[between.get((name, *place), "") for place in row] for row in grid],
            "nulls": (beyond_text(rows, name, draws) or "").replace("-", "\N{MINUS SIGN}"),
        }
        for name in ABOUT
        if any(row.measure == name and row.head is not None for row in plain)
    ]


def layer_measures(rows: Sequence[HeadRow], layers: int) -> list[dict[str, Any]]:
    """The measures of whole layers, with values and texts, layer x 1."""
    found = {(row.measure, row.layer): row.value for row in rows if row.head is None}
    names = {name for name, _ in found}
    return [
        _described(name, [[found.get((name, layer), NOT_KNOWN)] for layer in range(1, layers + 1)])
        for name in ABOUT
        if name in names
    ]


def unknown_measures(rows: Sequence[HeadRow]) -> list[str]:
    """The titles of the catalogue's measures of which there is no row at all."""
    known = {row.measure for row in rows}
    return [about.title for name, about in ABOUT.items() if name not in known]


def syntax_relations(rows: Sequence[HeadRow]) -> dict[str, list[dict[str, str]]]:
    """For heads such as "1.2", the relations in which they lead the fixed distance significantly.

    Beside both references, and whether the head follows the relation: beats both. RELATIONS of
    them at most; those that it follows first, then the widest lead over the fixed distance.
    """
    best: dict[str, list[tuple[tuple[float, float], dict[str, str]]]] = {}
    for (layer, head, relation), found in _questions(rows).items():
        if not {"accuracy", "baseline", "p"} <= set(found):
            continue
        lead = found["accuracy"] - found["baseline"]
        if found["p"] < SIGNIFICANT and lead > 0:
            rank = (-found.get("follows", 0.0), -lead)
            best.setdefault(f"{layer}.{head}", []).append((rank, _told(relation, found)))
    return {
        place: [told for _, told in sorted(one, key=lambda pair: pair[0])[:RELATIONS]]
        for place, one in best.items()
    }


def _questions(rows: Sequence[HeadRow]) -> dict[tuple[int, int, str], dict[str, Any]]:
    """What is known of each question to each head; the usual tag's name under "tag"."""
    found: dict[tuple[int, int, str], dict[str, Any]] = {}
    for row in rows:
        if row.measure.startswith("syntax_") and row.head is not None and row.detail:
            relation, _, tag = row.detail.partition("; ")
            figures = found.setdefault((row.layer, row.head, relation), {})
            if row.value is not None:
                figures[row.measure.removeprefix("syntax_")] = row.value
            if tag:
                figures["tag"] = tag
    return found


def _told(relation: str, found: Mapping[str, Any]) -> dict[str, str]:
    """A row of the page's table, by its headings."""
    by_tag, is_followed = NOT_KNOWN, NOT_KNOWN
    if "follows" in found:
        by_tag = f"{found['tag']} {figure_text(found['tag_baseline'])}, "
        by_tag += f"p {figure_text(found['tag_p'])}"
        is_followed = "yes" if found["follows"] else "no"
    return {
        "relation": relation,
        "accuracy": figure_text(found["accuracy"]),
        "fixed distance": f"{figure_text(found['baseline'])}, p {figure_text(found['p'])}",
        "nearest tag": by_tag,
        "follows": is_followed,
    }


def nearest_heads(rows: Sequence[HeadRow]) -> dict[str, list[dict[str, str]]]:
    """For heads such as "1.2", the NEAREST other heads by the divergence of their weights."""
    alike = {
        (row.layer, row.head, row.detail): row.value for row in rows if row.measure == "similarity"
    }
    found: dict[str, list[tuple[float, dict[str, str]]]] = {}
    for row in rows:
        if row.measure == "divergence" and row.value is not None:
            told = {
                "other": row.detail.removeprefix("head "),
                "divergence": figure_text(row.value),
                "similarity": figure_text(alike.get((row.layer, row.head, row.detail))),
            }
            found.setdefault(f"{row.layer}.{row.head}", []).append((row.value, told))
    return {
        place: [told for _, told in sorted(one, key=lambda pair: pair[0])[:NEAREST]]
        for place, one in found.items()
    }


def pruning_steps(rows: Sequence[HeadRow], draws: int) -> list[dict[str, Any]]:
    """The heads in the order in which they go, with what has changed once each is gone.

    `width` is the rise of the loss in parts of the largest, in [0, 100].
    """
    steps: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row.measure in PRUNING and row.value is not None:
            step = steps.setdefault(int(row.detail.removeprefix("step ")), {})
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


PRUNING = {"pruning_loss": "loss", "pruning_accuracy": "accuracy"}


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


def limits_of(*beginnings: str) -> str:
    """What the measures of a table do not prove, each sentence once; by how their names begin."""
    its = [about.caveat for name, about in ABOUT.items() if name.startswith(beginnings)]
    return " ".join(dict.fromkeys(its))


def _described(name: str, values: Sequence[Sequence[float | str | None]]) -> dict[str, Any]:
    return {
        "name": name,
        "family": next(family for family, names in FAMILIES.items() if name in names),
        **asdict(ABOUT[name]),
        "values": [[None if isinstance(v, str) else v for v in row] for row in values],
        "texts": [[v if isinstance(v, str) else figure_text(v) for v in row] for row in values],
    }
