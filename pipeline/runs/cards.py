"""The metrics that runs have -> cards under headings, for MLflow's page of charts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.recording.metric_names import (
    HEADS_PICTURE,
    heads_with,
    of_baseline,
    of_epoch,
    of_split,
)
from pipeline.wording import BASELINES

SHOWN_RUNS = 10
"""As many as the page shows before somebody asks for more."""

COLOURS = 10
"""Of MLflow's bars with several metrics: with more of them, two would look the same."""

LINES = (("validation_loss", "train_loss"), ("validation_accuracy", "train_accuracy"))
"""Columns of history that share a chart."""


def _with_baselines(figure: str, split: str) -> tuple[str, ...]:
    """A score's metric, and those of the baselines that it is held against."""
    against = (name for name, other in BASELINES.items() if other == figure)
    return of_split(split, figure), *(of_baseline(name, split) for name in against)


SCORES = (
    _with_baselines("f1", "test"),
    _with_baselines("f1", "validation"),
    _with_baselines("accuracy", "test"),
    _with_baselines("accuracy", "validation"),
    _with_baselines("perplexity", "test"),
    (of_split("test", "macro_f1"),),
    (of_split("test", "loss"),),
)
"""Metrics that share a chart."""

DIFFERING = "Parameters in which the runs differ"

Card = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A heading, how many cards stand beside one another, how high each is (pixels)."""

    name: str
    columns: int
    height: int
    cards: Sequence[Card]
    is_open: bool = True
    """Whether the cards are seen at once."""


def sections(metrics: Iterable[str], pictured_epoch: int | None) -> list[Section]:
    """The headings, without those that would be empty; of too many heads, the first that come."""
    known = dict.fromkeys(metrics)
    curves = [map(of_epoch, columns) for columns in LINES]
    shared = [[name for name in names if name in known] for names in (*curves, *SCORES)]
    lines, scores = shared[: len(LINES)], shared[len(LINES) :]
    found = [
        Section("Learning", 2, 260, [_line(names) for names in lines if names]),
        Section("What the heads do, epoch by epoch", 1, 410, _pictures(pictured_epoch)),
        Section("Scores", 2, 260, [_bars(names) for names in scores if names]),
        Section("Heads on validation", 2, 340, [*map(_bars, _headlines_of_heads(known))]),
        Section(DIFFERING, 1, 280, [_differences(DIFFERING)]),
    ]
    return [section for section in found if section.cards]


def _headlines_of_heads(known: Iterable[str]) -> list[list[str]]:
    """Each headline's metrics of the heads, layer by layer, the most needed measure first."""
    from pipeline.study.registry import most_needed

    found = []
    for about in most_needed():
        names = heads_with(about.name, known)
        shown = [name for name in known if name in names][:COLOURS]
        found.append(heads_with(about.name, shown))
    return [names for names in found if names]


def _line(names: Sequence[str]) -> Card:
    return {
        "type": "LINE", "metricKey": names[0], "selectedMetricKeys": list(names),
        "xAxisKey": "step", "yAxisKey": "metric", "yAxisExpressions": [], "range": {},
        "scaleType": "linear", "xAxisScaleType": "linear", "selectedXAxisMetricKey": "",
        "lineSmoothness": 0, "ignoreOutliers": False,
        "useGlobalXaxisKey": True, "useGlobalLineSmoothing": True,
    }  # fmt: skip


def _bars(names: Sequence[str]) -> Card:
    several = {"selectedMetricKeys": list(names)} if len(names) > 1 else {}
    return {"type": "BAR", "metricKey": names[0], **several}


def _pictures(epoch: int | None) -> list[Card]:
    """All runs' pictures of an epoch side by side; the slider under them starts there."""
    if epoch is None:
        return []
    return [
        {
            "type": "IMAGE",
            "imageKeys": [HEADS_PICTURE],
            "step": epoch,
            "showRunParams": False,
        }
    ]


def _differences(name: str) -> Card:
    return {
        "type": "DIFFERENCE", "chartName": name, "compareGroups": ["Parameters"],
        "showChangeFromBaseline": False, "showDifferencesOnly": True, "baselineColumnUuid": "",
    }  # fmt: skip


def placed(card: Card, section: str, number: int) -> Card:
    """The card as MLflow keeps it."""
    return card | {
        "uuid": f"{section} {number}", "metricSectionId": section, "runsCountToCompare": SHOWN_RUNS,
        "deleted": False, "isGenerated": False,
    }  # fmt: skip


def named(section: Section) -> Card:
    """The heading as MLflow keeps it."""
    return {
        "uuid": section.name, "name": section.name, "display": section.is_open,
        "isReordered": True,
        "deleted": False, "isGenerated": False,
        "columns": section.columns, "cardHeight": section.height,
    }  # fmt: skip


def closed(group: str) -> Card:
    """A heading of MLflow's own, for a group of metrics, folded up."""
    return {
        "uuid": f"group {group}", "name": group, "display": False, "isReordered": False,
        "deleted": False, "isGenerated": True,
    }  # fmt: skip
