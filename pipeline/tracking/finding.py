"""From what a person types (an id, a name, `latest`) to a run."""

import difflib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.artifacts import Artifacts
from pipeline.files import hash_file
from pipeline.foreign import visible_name
from pipeline.tracking.client import plain_errors
from pipeline.tracking.ownership import is_own
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run as Run  # others name a run's type from here, not from MLflow

WEIGHTS_TAG = "headway.weights_sha256"
NEWEST_FIRST = ["attributes.start_time DESC"]
CANDIDATES = 200
MOST_ALIKE = 1000
SHOWN = 5
ID_LENGTH = 8
"""Characters of a run's id that are shown, and enough to find it by."""

RECORD_TAG = "headway.record_sha256"
PARENT_TAG = "mlflow.parentRunId"
Need = Literal["anything", "record", "model", "evidence"]
"""What a command needs of a run."""

HAS: "dict[Need, Callable[[Run], bool]]" = {
    "record": lambda run: any(tag.startswith(RECORD_TAG) for tag in run.data.tags),
    # A child's model is its parent's.
    "model": lambda run: bool(run.outputs.model_outputs) or PARENT_TAG in run.data.tags,
    "evidence": lambda run: any(name.startswith("validation/") for name in run.data.metrics),
}


def find_run(store: Store, query: str, need: Need = "anything") -> "Run":
    """The run with this id, the only one whose id begins so, the newest of this name, or `latest`.

    `latest` is the newest that has what is needed; a line on stderr names what it passed over.

    Raises:
        ValueError: there is none, or several ids begin so; the message lists the near ones.
    """
    if query == "latest":
        return _latest(store, need)
    if named := newest_runs(store, 1, f"attributes.run_name = {quoted(query)}"):
        return named[0]
    if re.fullmatch(r"[0-9a-f]{1,32}", query):
        found = newest_runs(store, SHOWN + 1, f"attributes.run_id LIKE '{query}%'")
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"several runs' ids begin with {query}: {_listed(found)}")
    raise ValueError(f"no run is called {query!r}, and no id begins so: {_near(store, query)}")


def find_by_tag(store: Store, key: str, value: str) -> "Run | None":
    """The newest run whose tag has this value, if there is one."""
    found = newest_runs(store, 1, f"tags.`{key}` = {quoted(value)}")
    return found[0] if found else None


def find_by_weights(store: Store, weights: Path) -> "Run | None":
    """The project's newest run that made exactly this file of weights, if there are both."""
    return next(iter(runs_with_weights(store, weights)), None)


def runs_with_weights(store: Store, weights: Path) -> "list[Run]":
    """The project's runs that made exactly this file of weights, newest first.

    Other projects may train the same weights into the same store: those are their runs.
    """
    if not weights.is_file():
        return []
    condition = f"tags.`{WEIGHTS_TAG}` = '{hash_file(weights)}'"
    return [run for run in newest_runs(store, MOST_ALIKE, condition) if is_own(store, run)]


def run_to_open(store: Store, artifacts: Artifacts, query: str | None) -> "Run | None":
    """The run asked for, else the project's behind data/model, else the newest, else none."""
    if query:
        return find_run(store, query)
    newest = newest_runs(store, 1)
    made = find_by_weights(store, artifacts.model / "weights.safetensors")
    return made or (newest[0] if newest else None)


def newest_runs(store: Store, limit: int, condition: str = "") -> "list[Run]":
    """The newest runs of the experiment that meet MLflow's filter; deleted ones left out."""
    with plain_errors(store.uri):
        return list(
            store.client.search_runs(
                [store.experiment_id], condition, max_results=limit, order_by=NEWEST_FIRST
            )
        )


def _latest(store: Store, need: Need) -> "Run":
    """The newest run that can serve. Whoever means another one names it."""
    runs = newest_runs(store, 1 if need == "anything" else CANDIDATES)
    if not runs:
        raise ValueError("there are no runs yet: `dvc repro` makes the first")
    passed: list[Run] = []
    for run in runs:
        if not _lack(run, need):
            if passed:
                print(f"latest is {_listed([run])}: passed over {_reasons(passed, need)}",
                      file=sys.stderr, flush=True)  # fmt: skip
            return run
        passed.append(run)
    raise ValueError(
        f"no run has what this needs, a finished run with its {need}: {_reasons(passed, need)}; "
        f"`dvc repro` makes one"
    )


def _lack(run: "Run", need: Need) -> str:
    """What the run has not, in words; nothing where it can serve."""
    if need == "anything":
        return ""
    if run.info.status != "FINISHED":
        return "still running" if run.info.status == "RUNNING" else str(run.info.status).lower()
    return "" if HAS[need](run) else f"no {need}"


def _reasons(runs: "list[Run]", need: Need) -> str:
    more = f" and {len(runs) - SHOWN} more" if len(runs) > SHOWN else ""
    return ", ".join(f"{_listed([run])[:-1]}, {_lack(run, need)})" for run in runs[:SHOWN]) + more


def _near(store: Store, query: str) -> str:
    runs = newest_runs(store, CANDIDATES)
    if not runs:
        return "there are no runs yet; `dvc repro` makes the first"
    by_word = {run.info.run_name: run for run in reversed(runs)}
    by_word |= {run.info.run_id[: max(len(query), ID_LENGTH)]: run for run in runs}
    close = difflib.get_close_matches(query, by_word, n=SHOWN, cutoff=0.5)
    if close:
        return f"did you mean {_listed([by_word[word] for word in close])}?"
    return f"the newest are {_listed(runs[:SHOWN])}"


def _listed(runs: "list[Run]") -> str:
    return ", ".join(f"{shown_name(run)} ({run.info.run_id[:ID_LENGTH]})" for run in runs)


def shown_name(run: "Run") -> str:
    """The run's name as it may be shown: in a shared store, anybody may have given it."""
    return visible_name(run.info.run_name)


def quoted(value: str) -> str:
    """A filter's text value, in the quotes it does not contain: filters know no escapes."""
    return f'"{value}"' if "'" in value else f"'{value}'"
