"""A sweep's name -> its trials that can be compared, and what is said of all others so called."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.comparison.conditions import meets
from pipeline.recording.trial import PARENT_OF_SWEEP_TAG, SWEEP_TAG, TRIAL_TAG
from pipeline.runs.finding import HAS, ID_LENGTH, shown_name, state_of
from pipeline.tracking.ownership import is_own
from pipeline.tracking.search import PARENT_TAG, newest_runs, quoted
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

MOST = 2000
"""Runs that a question is asked of, the newest."""
SHOWN = 5


@dataclass(frozen=True)
class Trials:
    """The runs of one sweep, the newest first."""

    sweep: str
    parent: str
    """The id of the sweep's own run; "" where its trials do not say it."""
    ready: "tuple[Run, ...]"
    """Finished and evaluated."""
    others: "tuple[Run, ...]"
    """Of trials of which no run is ready."""
    namesakes: tuple[str, ...]
    """What is said of other sweeps of that name."""

    def left_out(self, condition: Mapping[str, str]) -> list[str]:
        """What is said of the trials that are not ready, of those that meet a condition."""
        found = [run for run in self.others if meets(run.data.params, condition)]
        if not found:
            return []
        states = Counter(map(state_of, found))
        counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        more = [f"{len(found) - SHOWN} more"] if len(found) > SHOWN else []
        names = "; ".join([*map(shown_name, found[:SHOWN]), *more])
        what = "trial is" if len(found) == 1 else "trials are"
        return [
            f"{len(found)} {what} left out of {self.sweep}, {counted} ({names}): what is said is "
            f"of those that ended well"
        ]


def find_trials(store: Store, name: str) -> Trials | None:
    """The trials of the sweep of that name; None where none of them is ready.

    Of several sweeps so called, as of two projects or of one that was forgotten, the project's own,
    else the newest.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    sweeps: dict[str, list[Run]] = {}
    for run in newest_runs(store, MOST, f"tags.`{SWEEP_TAG}` = {quoted(name)}"):
        if PARENT_OF_SWEEP_TAG not in run.data.tags:
            sweeps.setdefault(run.data.tags.get(PARENT_TAG, ""), []).append(run)
    usable = [parent for parent, runs in sweeps.items() if any(map(_is_ready, runs))]
    if not usable:
        return None
    own = [parent for parent in usable if is_own(store, sweeps[parent][0])]
    parent = (own or usable)[0]
    ready = [run for run in sweeps[parent] if _is_ready(run)]
    done = {run.data.tags.get(TRIAL_TAG) for run in ready} - {None}
    others = [
        run
        for run in sweeps[parent]
        if not _is_ready(run) and run.data.tags.get(TRIAL_TAG) not in done
    ]
    namesakes = [_namesake(name, it, sweeps[it]) for it in sweeps if it != parent]
    return Trials(name, parent, tuple(ready), tuple(others), tuple(namesakes))


def _is_ready(run: "Run") -> bool:
    return run.info.status == "FINISHED" and HAS["evidence"](run)


def _namesake(name: str, parent: str, runs: "Sequence[Run]") -> str:
    which = f" ({parent[:ID_LENGTH]})" if parent else ""
    counted = "1 run is" if len(runs) == 1 else f"{len(runs)} runs are"
    return f"another sweep is called {name}, too{which}: its {counted} left out"
