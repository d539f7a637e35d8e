"""The charts page as it opens: from the metrics that runs have to cards under headings.

MLflow's own page has a card for every metric and parameters above every picture. A view of it can
be shared: its state is a tag of the experiment, and an address that names the tag opens with it.
Cards for metrics that the state does not know are added by MLflow, in the section of their group.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.recording.metric_names import (
    HEADS_PICTURE,
    LOSS_OF_EPOCHS,
    heads_with,
    of_baseline,
    of_epoch,
    of_split,
)
from pipeline.tracking.client import plain_errors
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store
from pipeline.wording import BASELINES

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

TAG = "mlflow.sharedViewState."
COMPRESSED = "deflate;"
"""How MLflow's page knows a compressed state; up to MLflow 3.13 a tag takes 5,000 characters."""

KEY_LENGTH = 16
SHOWN_RUNS = 10
"""As many as the page shows before somebody asks for more."""

COLOURS = 10
"""Of MLflow's bars with several metrics: with more of them, two would look the same."""

UNGROUPED = "Model metrics"
"""MLflow's section of the metrics without a group."""

LINES = (
    ("validation_loss", "train_loss"),
    ("validation_accuracy", "train_accuracy"),
    ("learning_rate",),
)
"""Columns of history that share a chart."""
SCORES = (
    *(of_split("test", name) for name in ("accuracy", "macro_f1", "loss", "perplexity")),
    of_split("validation", "accuracy"),
    *(of_baseline(name, "test") for name in BASELINES),
)
OPEN_HEADLINES = 2
"""Of the heads' headlines, the most needed so many are seen at once; the others are folded up."""

Card = dict[str, Any]

# What MLflow's page holds before anybody has changed it. All of it: 3.13 fills no gaps, and waits
# for ever where the filters are missing.
UNCHANGED: dict[str, Any] = {
    "searchFilter": "",
    "orderByKey": "attributes.start_time",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "selectedColumns": ["attributes.`Source`", "attributes.`Models`", "attributes.`Dataset`"],
    "columnOrder": [],
    "columnWidths": {},
    "runsExpanded": {},
    "runsPinned": [],
    "runsHidden": [],
    "runsVisibilityMap": {},
    "runsHiddenMode": "FIRST_10_RUNS",
    "viewMaximized": False,
    "useGroupedValuesInCharts": True,
    "hideEmptyCharts": True,
    "groupBy": None,
    "groupsExpanded": {},
    "autoRefreshEnabled": True,
    "globalLineChartConfig": {
        "xAxisKey": "step", "lineSmoothness": 0, "selectedXAxisMetricKey": "",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A heading, how many cards stand beside one another, how high each is (pixels)."""

    name: str
    columns: int
    height: int
    cards: Sequence[Card]
    is_open: bool = True
    """Whether the cards are seen at once."""


def share_view(store: Store) -> str | None:
    """Keep the view of the newest runs in the store, once; its key, or None before any metric.

    Raises:
        ConnectionError: the store is away.
        ValueError: the store refuses the tag.
    """
    with plain_errors(store.uri):
        runs = newest_runs(store, SHOWN_RUNS)
        metrics = {name for run in runs for name in run.data.metrics}
        if not metrics:
            return None
        state = view_state(metrics, _pictured_epoch(store, runs))
        key, value = view_key(state), _compressed(state)
        kept = store.client.get_experiment(store.experiment_id).tags
        if kept.get(f"{TAG}{key}") != value:
            store.client.set_experiment_tag(store.experiment_id, f"{TAG}{key}", value)
    return key


def view_state(metrics: Iterable[str], pictured_epoch: int | None) -> dict[str, Any]:
    """The page's state for runs with these metrics, and with pictures up to an epoch or none.

    Every group of metrics has a closed section, which MLflow fills.
    """
    known = set(metrics)
    sections = [section for section in _sections(known, pictured_epoch) if section.cards]
    groups = sorted({name.rpartition("/")[0] or UNGROUPED for name in known})
    return UNCHANGED | {
        "runListHidden": True,  # the legends name the runs, and the cards get its width
        "isAccordionReordered": True,  # else MLflow sorts the sections by name
        "compareRunCharts": [
            _placed(card, section.name, number)
            for section in sections
            for number, card in enumerate(section.cards)
        ],
        "compareRunSections": [*map(_named, sections), *map(_closed, groups)],
    }


def view_key(state: dict[str, Any]) -> str:
    """The state's name in an address: the beginning of its sha256."""
    return hashlib.sha256(_as_json(state)).hexdigest()[:KEY_LENGTH]


def _sections(known: set[str], pictured_epoch: int | None) -> list[Section]:
    curves = [map(of_epoch, columns) for columns in LINES]
    lines = [[name for name in names if name in known] for names in curves]
    profiles = [_bars(names) for names in _headlines_of_heads(known)]
    differing = "Parameters in which the runs differ"
    return [
        Section("Learning", 3, 260, [_line(names) for names in lines if names]),
        Section("What the heads do, epoch by epoch", 1, 410, _pictures(pictured_epoch)),
        Section("Scores", 3, 230, [_bars([name]) for name in SCORES if name in known]),
        Section("Heads on validation", 2, 340, profiles[:OPEN_HEADLINES]),
        Section("More of the heads on validation", 3, 260, profiles[OPEN_HEADLINES:], False),
        Section(differing, 1, 280, [_differences(differing)]),
    ]


def _headlines_of_heads(known: set[str]) -> list[list[str]]:
    """Each headline's metrics of all heads, layer by layer, the most needed measure first.

    None where the bars could not be told apart.
    """
    from pipeline.study.registry import most_needed

    found = [heads_with(about.name, known) for about in most_needed()]
    return [names for names in found if 0 < len(names) <= COLOURS]


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


def _placed(card: Card, section: str, number: int) -> Card:
    return card | {
        "uuid": f"{section} {number}", "metricSectionId": section, "runsCountToCompare": SHOWN_RUNS,
        "deleted": False, "isGenerated": False,
    }  # fmt: skip


def _named(section: Section) -> Card:
    return {
        "uuid": section.name, "name": section.name, "display": section.is_open,
        "isReordered": True,
        "deleted": False, "isGenerated": False,
        "columns": section.columns, "cardHeight": section.height,
    }  # fmt: skip


def _closed(group: str) -> Card:
    return {
        "uuid": f"group {group}", "name": group, "display": False, "isReordered": False,
        "deleted": False, "isGenerated": True,
    }  # fmt: skip


def _pictured_epoch(store: Store, runs: "Sequence[Run]") -> int | None:
    """The last epoch of the newest run that has pictures: it is always among those drawn."""
    for run in runs:
        if "mlflow.loggedImages" in run.data.tags:
            history = store.client.get_metric_history(run.info.run_id, LOSS_OF_EPOCHS)
            return max((point.step for point in history), default=None)
    return None


def _as_json(state: dict[str, Any]) -> bytes:
    return json.dumps(state, sort_keys=True, separators=(",", ":")).encode()


def _compressed(state: dict[str, Any]) -> str:
    return COMPRESSED + base64.b64encode(zlib.compress(_as_json(state), 9)).decode()
