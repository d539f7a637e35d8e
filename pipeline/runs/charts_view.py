"""The runs' pages in MLflow as they open: a table with scores, and cards under headings.

MLflow's own table shows no score, and its charts a card for every metric, with parameters above
every picture. A view of them can be shared: its state is a tag of the experiment, and an address
that names the tag opens with it. Cards for metrics that the state does not know are added by
MLflow, in the section of their group.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.files import parse_json
from pipeline.recording.metric_names import LOSS_OF_EPOCHS, of_split
from pipeline.recording.trial import SWEEP_TAG, VARIED_TAG
from pipeline.runs.cards import SHOWN_RUNS, closed, named, placed, sections
from pipeline.tracking.client import plain_errors
from pipeline.tracking.search import newest_runs, quoted
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

TAG = "mlflow.sharedViewState."
COMPRESSED = "deflate;"
"""How MLflow's page knows a compressed state; up to MLflow 3.13 a tag takes 5,000 characters."""

KEY_LENGTH = 16

UNGROUPED = "Model metrics"
"""MLflow's section of the metrics without a group."""

COLUMNS = (
    of_split("test", "f1"),
    of_split("validation", "f1"),
    of_split("test", "accuracy"),
    of_split("validation", "accuracy"),
    of_split("test", "perplexity"),
    of_split("test", "macro_f1"),
    of_split("test", "loss"),
)
"""Scores that the table of runs has a column for."""
NAME, DESCRIPTION = "attributes.`Run Name`", "attributes.`Description`"
"""The description says what a run's heads are worth, or that the run was not evaluated."""
NAME_WIDTH, LETTER, MARGIN = 230, 7, 25
"""In pixels: with them a run's and a score's name are seen whole."""
DIFFERING = 4
"""Parameters at most, of those in which the runs differ, that have a column too."""

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
    "selectedColumns": [],
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


def share_view(store: Store, sweep: str | None = None) -> str | None:
    """Keep the view of the newest runs in the store, once; its key, or None before any metric.

    Of a sweep, by its name, the view has its trials alone, grouped by what varied but the seed.

    Raises:
        ConnectionError: the store is away.
        ValueError: the store refuses the tag.
    """
    condition = f"tags.`{SWEEP_TAG}` = {quoted(sweep)}" if sweep else ""
    with plain_errors(store.uri):
        runs = newest_runs(store, SHOWN_RUNS, condition)
        metrics = dict.fromkeys(name for run in runs for name in run.data.metrics)
        if not metrics:
            return None
        varied = varied_in(runs)
        params = varied if sweep else differing_params(runs)
        groups = [name for name in varied if sweep and name != "seed"]
        pictured = None if groups else _pictured_epoch(store, runs)  # MLflow shows none of groups
        state = view_state(metrics, params, pictured)
        if sweep:
            state |= _of_sweep(condition, groups)
        key, value = view_key(state), _compressed(state)
        kept = store.client.get_experiment(store.experiment_id).tags
        if kept.get(f"{TAG}{key}") != value:
            store.client.set_experiment_tag(store.experiment_id, f"{TAG}{key}", value)
    return key


def view_state(
    metrics: Iterable[str], params: Iterable[str], pictured_epoch: int | None
) -> dict[str, Any]:
    """The pages' state for runs with these metrics, and with pictures up to an epoch or none.

    The table has a column for every score and for these parameters. Every group of metrics has a
    closed section, which MLflow fills.
    """
    known = list(metrics)
    headings = sections(known, pictured_epoch)
    groups = sorted({name.rpartition("/")[0] or UNGROUPED for name in known})
    widths = {f"metrics.`{name}`": MARGIN + LETTER * len(name) for name in COLUMNS if name in known}
    columns = [*widths, DESCRIPTION, *(f"params.`{name}`" for name in params)]
    return UNCHANGED | {
        "selectedColumns": columns,
        "columnOrder": [NAME, *columns],
        "columnWidths": {NAME: NAME_WIDTH} | widths,
        "runListHidden": True,  # the legends name the runs, and the cards get its width
        "isAccordionReordered": True,  # else MLflow sorts the sections by name
        "compareRunCharts": [
            placed(card, section.name, number)
            for section in headings
            for number, card in enumerate(section.cards)
        ],
        "compareRunSections": [*map(named, headings), *map(closed, groups)],
    }


def differing_params(runs: "Sequence[Run]") -> list[str]:
    """Some of the parameters that are not the same in all of the runs, in their order."""
    names = dict.fromkeys(name for run in runs for name in run.data.params)
    values = {
        name: {run.data.params[name] for run in runs if name in run.data.params} for name in names
    }
    return [name for name in names if len(values[name]) > 1][:DIFFERING]


def varied_in(runs: "Sequence[Run]") -> list[str]:
    """What varied among the trials of a sweep, by dotted names, the seed last."""
    told = [parse_json(run.data.tags[VARIED_TAG]) for run in runs if VARIED_TAG in run.data.tags]
    names = dict.fromkeys(name for varied in told for name in varied)
    return sorted(names, key=lambda name: (name == "seed", name))


def _of_sweep(condition: str, groups: Sequence[str]) -> dict[str, Any]:
    """Its trials alone; where more than the seed varied, the mean of each setting."""
    keys = [{"mode": "param", "groupByData": name} for name in groups]
    grouped = {"groupBy": {"aggregateFunction": "average", "groupByKeys": keys}} if keys else {}
    return {"searchFilter": condition, **grouped}


def view_key(state: dict[str, Any]) -> str:
    """The state's name in an address: the beginning of its sha256."""
    return hashlib.sha256(_as_json(state)).hexdigest()[:KEY_LENGTH]


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
