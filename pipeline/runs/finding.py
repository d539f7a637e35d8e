"""From what a person types (an id, a name, `latest`) to a run."""

import difflib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.foreign import first_named, visible_name
from pipeline.progress import warn
from pipeline.recording.metric_names import is_of_split
from pipeline.recording.record import RECORD_TAG
from pipeline.recording.trial import PARENT_OF_SWEEP_TAG
from pipeline.recording.weights import runs_with_weights
from pipeline.runs.registry import titled
from pipeline.tracking.ownership import is_own
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
    "evidence": lambda run: is_evaluated(run),
}


def is_evaluated(run: "Run") -> bool:
    """Whether it has what an evaluation measured."""
    return any(is_of_split("validation", name) for name in run.data.metrics)


def state_of(run: "Run") -> str:
    """MLflow's status in small letters; of a finished run without figures, what it is."""
    status = str(run.info.status).lower()
    if status == "finished" and PARENT_OF_SWEEP_TAG in run.data.tags:
        return "a sweep"
    return "not evaluated" if status == "finished" and not is_evaluated(run) else status


def find_run(store: Store, query: str, need: Need = "anything") -> "Run":
    """The run with this id, the only one whose id begins so, the newest of this name, or `latest`.

    `@champion` is the one that was promoted to champion.

    `latest` is the newest finished and evaluated one that has what is needed, else the newest that
    has it; a line on stderr names what it passed over.

    Raises:
        ValueError: there is none, or several ids begin so; the message lists the near ones.
    """
    if query == "latest":
        return _latest(store, need)
    if query.startswith("@"):
        query = titled(store, query[1:])
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
    """The run asked for, else the project's behind data/model, else the newest, else none.

    One that was evaluated, where there is one; a line on stderr names what it passed over.
    """
    if query:
        return find_run(store, query)
    made = runs_with_weights(store, ModelFiles(artifacts.model).weights)
    runs = [*made, *_own_or_all(store, newest_runs(store, CANDIDATES))]
    return _first_that_can_serve(runs, "anything", "the run to open") if runs else None


def _latest(store: Store, need: Need) -> "Run":
    """The newest run that can serve. Whoever means another one names it."""
    runs = _own_or_all(store, newest_runs(store, CANDIDATES))
    if not runs:
        raise ValueError("there are no runs yet: `dvc repro` makes the first")
    chosen = _first_that_can_serve(runs, need, "latest")
    if chosen is None:
        raise ValueError(
            f"no run has what this needs, a finished run with its {need}: {_reasons(runs, need)}; "
            f"`dvc repro` makes one"
        )
    return chosen


def _own_or_all(store: Store, runs: "list[Run]") -> "list[Run]":
    """Those of this project, in a store that others may share; of others where it has none."""
    own = [run for run in runs if is_own(store, run)]
    if runs and not own:
        warn("this project has none of the newest runs in the store: those of others are meant")
    return own or runs


def _first_that_can_serve(runs: "list[Run]", need: Need, called: str) -> "Run | None":
    """The first that was evaluated too, else the first; says what stood before it, and why."""
    able = [run for run in runs if _can_serve(run, need)]
    whole = [run for run in able if state_of(run) == "finished"]
    chosen = next(iter([*whole, *able]), None)
    if chosen is not None and (passed := runs[: runs.index(chosen)]):
        warn(f"{called} is {_listed([chosen])}: passed over {_reasons(passed, need)}")
    return chosen


def _can_serve(run: "Run", need: Need) -> bool:
    return need == "anything" or (run.info.status == "FINISHED" and HAS[need](run))


def _lack(run: "Run", need: Need) -> str:
    """Why another run is preferred to it, in words."""
    if run.info.status != "FINISHED":
        return "still running" if run.info.status == "RUNNING" else state_of(run)
    return state_of(run) if _can_serve(run, need) else f"no {need}"


def _reasons(runs: "list[Run]", need: Need) -> str:
    return first_named([f"{_listed([run])[:-1]}, {_lack(run, need)})" for run in runs], SHOWN)


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
