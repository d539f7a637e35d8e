"""What a sweep would cost, without running any of it."""

import json
from collections.abc import Mapping
from contextlib import suppress

from pipeline.artifacts import Artifacts
from pipeline.params.yaml_file import read_yaml
from pipeline.sweeps.dimensions import Choices
from pipeline.sweeps.ledger import Trial
from pipeline.sweeps.place import Place, sweeps_of
from pipeline.sweeps.plan import SEED, Plan, Varied
from pipeline.sweeps.shared_stages import stage_keys
from pipeline.sweeps.standing import duration, guessed_seconds, left_seconds
from pipeline.sweeps.sweep import changed, ledger_of


def dry_run_lines(place: Place, plan: Plan, jobs: int) -> list[str]:
    """How many runs, and about how long."""
    trials = _trials_of(place)
    done = [trial for trial in trials if trial.state == "done"]
    left = plan.count() - len(done)
    already = f", {len(done)} of them done" if done else ""
    runs = f"{place.name}: {plan.count()} runs{already}: {plan}"
    at_once = f"with {jobs} at once" if jobs > 1 else "one after the other"
    seconds = left_seconds(trials, left, jobs)
    if seconds is not None:
        return [runs, f"about {duration(seconds)} {at_once}, by what its own trials took"]
    known, where = _known_seconds(place)
    params, stages = (read_yaml(place.root / it) for it in ("params.yaml", "dvc.yaml"))
    keys = [
        stage_keys(stages["stages"], changed(params, {**plan.fixed, **it}), "here")
        for it in _points(plan)
    ]
    seconds = guessed_seconds(keys, known, jobs)
    if seconds is None:
        return [runs, "how long is not known: nothing of it has been run here yet"]
    told = ", ".join(f"{verb} {known[verb]:.1f} s" for verb in stages["stages"])
    return [runs, f"about {duration(seconds)} of stages {at_once}, by {where}: {told}"]


def _points(plan: Plan) -> list[Varied]:
    """The trials of a grid; of a search as many, as different as its points may be."""
    if plan.search is None:
        return plan.grid()
    seeds = [{SEED: seed} for seed in plan.seeds] or [{}]
    points = [
        {
            it.key: it.values[number % len(it.values)]
            if isinstance(it, Choices)
            else it.low + (it.high - it.low) * number / (plan.points or 1)
            for it in plan.varying
        }
        for number in range(plan.points or 0)
    ]
    return [{**point, **seed} for point in points for seed in seeds]


def _known_seconds(place: Place) -> tuple[Mapping[str, float], str]:
    """How long each stage takes, and where that is known from: the last time that it was run."""
    path = Artifacts(place.root).seconds
    if path.is_file():
        return json.loads(path.read_text()), "what the last `dvc repro` here took"
    others = [
        trial for name in sweeps_of(place.root) for trial in _trials_of(Place(place.root, name))
    ]
    found = {verb: it for trial in others for verb, it in trial.facts.get("seconds", {}).items()}
    return found, "what trials of other sweeps here took"


def _trials_of(place: Place) -> list[Trial]:
    """A sweep's trials; none of one that was not begun, or whose storage is away."""
    with suppress(ValueError):
        ledger = ledger_of(place, place.storage())
        return ledger.trials() if ledger else []
    return []
