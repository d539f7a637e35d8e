"""What a sweep would cost, without running any of it."""

import json
from collections.abc import Mapping

from pipeline.artifacts import Artifacts
from pipeline.params.yaml_file import read_yaml
from pipeline.sweeps.dimensions import Choices
from pipeline.sweeps.ledger import Trial
from pipeline.sweeps.place import Place
from pipeline.sweeps.plan import SEED, Plan, Varied
from pipeline.sweeps.shared_stages import stage_keys
from pipeline.sweeps.standing import duration, guessed_seconds
from pipeline.sweeps.sweep import changed, find


def dry_run_lines(place: Place, plan: Plan, jobs: int) -> list[str]:
    """How many runs, and about how long."""
    there = find(place, None).ledger.trials() if place.is_known else []
    done = [it for it in there if it.state == "done"]
    wanted = [it for it in _points(plan) if it not in [trial.varied for trial in done]]
    params, stages = (read_yaml(place.root / it) for it in ("params.yaml", "dvc.yaml"))
    keys = [
        stage_keys(stages["stages"], changed(params, {**plan.fixed, **it}), "here")
        for it in wanted
    ]  # fmt: skip
    known, where = _known_seconds(place, done)
    seconds = guessed_seconds(keys, known, jobs)
    already = f", {len(done)} of them done" if done else ""
    runs = f"{place.name}: {plan.count()} runs{already}: {plan}"
    if seconds is None:
        return [runs, "how long is not known: no `dvc repro` has ended here yet"]
    told = ", ".join(f"{verb} {known[verb]:.1f} s" for verb in stages["stages"])
    at_once = f"with {jobs} at once" if jobs > 1 else "one after the other"
    return [runs, f"about {duration(seconds)} {at_once}, by {where}: {told}"]


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


def _known_seconds(place: Place, done: list[Trial]) -> tuple[Mapping[str, float], str]:
    """How long each stage takes, and where that is known from: the last time that each was run."""
    path = Artifacts(place.root).seconds
    here = json.loads(path.read_text()) if path.is_file() else {}
    of_sweep = {verb: it for trial in done for verb, it in trial.facts.get("seconds", {}).items()}
    told = "what its own trials took" if of_sweep else "what the last `dvc repro` here took"
    return {**here, **of_sweep}, told
