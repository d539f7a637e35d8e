"""A sweep's name -> its trials that can be compared, and what is said of all others so called."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.comparison.conditions import meets
from pipeline.comparison.sentences import SHOWN
from pipeline.files import parse_json
from pipeline.foreign import first_named
from pipeline.recording.trial import PARENT_OF_SWEEP_TAG, PLAN_TAG, SWEEP_TAG, TRIAL_TAG
from pipeline.runs.finding import HAS, ID_LENGTH, shown_name, state_of
from pipeline.tracking.ownership import is_own
from pipeline.tracking.search import PARENT_TAG, newest_runs, quoted
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

MOST = 2000
"""Runs that a question is asked of, the newest."""


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
    not_begun: int
    """Trials of the plan that have no run; 0, too, where that is not known."""
    namesakes: tuple[str, ...]
    """What is said of other sweeps of that name."""

    def left_out(self, condition: Mapping[str, str]) -> list[str]:
        """What is said of the trials that are not ready, of those that meet a condition."""
        found = [run for run in self.others if meets(run.data.params, condition)]
        states = Counter(map(state_of, found))
        if self.not_begun and not condition:
            states["without a run"] = self.not_begun
        if not states:
            return []
        counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        names = first_named(list(map(shown_name, found)), SHOWN, between="; ")
        what = "1 trial is" if states.total() == 1 else f"{states.total()} trials are"
        return [
            f"{what} left out of {self.sweep}, {counted}{f' ({names})' if names else ''}: what is "
            f"said is of those that ended well"
        ]


def find_trials(store: Store, name: str) -> Trials | None:
    """The trials of the sweep of that name; None where none of them is ready.

    Of several sweeps so called, as of two projects or of one that was forgotten, the project's own,
    else the newest.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    sweeps: dict[str, list[Run]] = {}
    plans: dict[str, str] = {}
    for run in newest_runs(store, MOST, f"tags.`{SWEEP_TAG}` = {quoted(name)}"):
        if PARENT_OF_SWEEP_TAG in run.data.tags:
            plans[run.info.run_id] = run.data.tags.get(PLAN_TAG, "{}")
        else:
            sweeps.setdefault(run.data.tags.get(PARENT_TAG, ""), []).append(run)
    usable = [parent for parent, runs in sweeps.items() if any(map(_is_ready, runs))]
    if not usable:
        return None
    own = [parent for parent in usable if is_own(store, sweeps[parent][0])]
    parent = (own or usable)[0]
    namesakes = [_namesake(name, it, sweeps[it]) for it in sweeps if it != parent]
    return _trials(name, parent, sweeps[parent], plans.get(parent, "{}"), namesakes)


def _trials(
    name: str, parent: str, runs: "Sequence[Run]", plan: str, namesakes: Sequence[str]
) -> Trials:
    ready = [run for run in runs if _is_ready(run)]
    done = set(map(_number, ready))
    others = {_number(run): run for run in reversed(runs) if _number(run) not in done}
    not_begun = max(0, planned(plan) - len(done) - len(others))
    newest_first = tuple(others.values())[::-1]
    return Trials(name, parent, tuple(ready), newest_first, not_begun, tuple(namesakes))


def _number(run: "Run") -> str:
    """Its trial's; the run's own id where that is not known."""
    return str(run.data.tags.get(TRIAL_TAG, run.info.run_id))


def planned(plan: str) -> int:
    """How many trials a sweep's plan has; 0 where it does not say."""
    try:
        told = parse_json(plan)
        values = [len(it["values"]) for it in told["dimensions"] if "values" in it]
        return int(told["points"] or math.prod(values)) * max(1, len(told["seeds"]))
    except (KeyError, TypeError, ValueError):
        return 0


def _is_ready(run: "Run") -> bool:
    return run.info.status == "FINISHED" and HAS["evidence"](run)


def _namesake(name: str, parent: str, runs: "Sequence[Run]") -> str:
    which = f" ({parent[:ID_LENGTH]})" if parent else ""
    counted = "1 run is" if len(runs) == 1 else f"{len(runs)} runs are"
    return f"another sweep is called {name}, too{which}: its {counted} left out"
