"""From what a person types (an id, a name, `latest`) to a run."""

import difflib
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.foreign import visible_name
from pipeline.recording.metric_names import is_of_split
from pipeline.recording.record import RECORD_TAG
from pipeline.recording.weights import find_by_weights
from pipeline.tracking.search import PARENT_TAG, newest_runs, quoted
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

CANDIDATES = 200
SHOWN = 5
ID_LENGTH = 8
"""Characters of a run's id that are shown, and enough to find it by."""

Need = Literal["anything", "record", "model", "evidence"]
"""What a command needs of a run; with "anything" it need not even be finished."""

HAS: "dict[Need, Callable[[Run], bool]]" = {
    "record": lambda run: any(tag.startswith(RECORD_TAG) for tag in run.data.tags),
    # A child's model is its parent's.
    "model": lambda run: bool(run.outputs.model_outputs) or PARENT_TAG in run.data.tags,
    "evidence": lambda run: any(is_of_split("validation", it) for it in run.data.metrics),
}


def find_run(store: Store, query: str, need: Need = "anything") -> "Run":
    """The run with this id, the only one whose id begins so, the newest of this name, or `latest`.

    `latest` is the newest finished one that has what is needed, or the newest of all where that is
    nothing; a line on stderr names what it passed over.

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


def run_to_open(store: Store, artifacts: Artifacts, query: str | None) -> "Run | None":
    """The run asked for, else the project's behind data/model, else the newest, else none."""
    if query:
        return find_run(store, query)
    newest = newest_runs(store, 1)
    made = find_by_weights(store, ModelFiles(artifacts.model).weights)
    return made or (newest[0] if newest else None)


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
