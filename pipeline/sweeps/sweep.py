"""A sweep in a project: begun, or found again, with all that its trials need."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline import programs
from pipeline.foreign import first_named
from pipeline.leftovers import remove_leftovers
from pipeline.params.writing import read_value, set_value
from pipeline.params.yaml_file import read_yaml
from pipeline.sweeps.beginning import Base, data_of, git
from pipeline.sweeps.ledger import ENDED, Ledger, Trial
from pipeline.sweeps.place import Place
from pipeline.sweeps.plan import SEED, Plan, Varied
from pipeline.sweeps.rounds import Known, suggested
from pipeline.sweeps.shared_stages import Keys, stage_keys
from pipeline.sweeps.storage import open_storage

MONITORS = {"validation_accuracy": "maximize", "validation_loss": "minimize"}
"""What train.monitor may be, and which way it is better."""
MAKING_SECONDS = 60
MADE_OF = ("dvc.yaml", "params.yaml", "pipeline", "stages")
SHOWN = 5


@dataclass(frozen=True)
class Sweep:
    """What to try, where it stands, and what it began with."""

    place: Place
    ledger: Ledger
    plan: Plan
    base: Base
    params: Mapping[str, Any]
    """Of the base, as its params.yaml has them."""
    stages: Mapping[str, Any]
    """Of the base, as its dvc.yaml has them."""
    facts: Mapping[str, Any]

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """Which way a value is better."""
        return "maximize" if self.facts["direction"] == "maximize" else "minimize"

    @property
    def monitor(self) -> str:
        """What a trial is worth."""
        return str(self.facts["monitor"])

    def changes(self, varied: Varied) -> Varied:
        """All that a trial sets."""
        return {**self.plan.fixed, **varied}

    def keys(self, varied: Varied) -> Keys:
        """By stage, what it makes of a trial."""
        return stage_keys(self.stages, changed(self.params, self.changes(varied)), self.base.tree)

    def drawn(self) -> list[Trial]:
        """Every trial, the next round of a search drawn where all before it have ended.

        Whoever draws a round draws the same.
        """
        trials = self.ledger.trials()
        if self.plan.search is None:
            return trials
        each = max(1, len(self.plan.seeds))
        size = self.plan.round * each
        for first in range(0, len(trials), size):
            of_round = trials[first : first + size]
            if any(trial.varied is None for trial in of_round):
                with self.place.held("drawing", MAKING_SECONDS):
                    self._draw(self.ledger.trials()[: first + size], first)
                return self.ledger.trials()
            if any(trial.state not in ENDED for trial in of_round):
                break
        return trials

    def _draw(self, trials: list[Trial], first: int) -> None:
        """Choose the points of the trials from `first` on, by what is known of those before."""
        seeds = [{SEED: seed} for seed in self.plan.seeds] or [{}]
        before, of_round = trials[:first], trials[first:]
        assert self.plan.search is not None
        points = suggested(
            dimensions=self.plan.varying,
            history=known_points(before, self.plan),
            method=self.plan.search,
            direction=self.direction,
            seed=int(self.params[SEED]),
            number=first // (self.plan.round * len(seeds)),
            size=len(of_round) // len(seeds),
        )
        wanted = [{**point, **seed} for point in points for seed in seeds]
        for trial, varied in zip(of_round, wanted, strict=True):
            if trial.varied is None:
                self.ledger.draw(trial, varied, self.plan)


def known_points(trials: list[Trial], plan: Plan) -> list[Known]:
    """What is known of each point: the mean over its seeds that came to a value.

    A seed that is searched for is a part of the point.
    """
    found, each = [], max(1, len(plan.seeds))
    for first in range(0, len(trials), each):
        of_point = [it for it in trials[first : first + each] if it.value is not None]
        if of_point:
            mean = sum(it.value or 0.0 for it in of_point) / len(of_point)
            point = dict(of_point[0].varied or {})
            if plan.seeds:
                del point[SEED]
            found.append(Known(point, mean))
    return found


def begin(place: Place, plan: Plan, url: str | None) -> Sweep:
    """The sweep of this name: new, or as it stands, with the trials that it lacks.

    Raises:
        ValueError: there is one of this name that asks something else, or with other data; the
            storage or git cannot be used.
    """
    kept = place.storage() if place.is_known else url
    if url is not None and url != kept:
        raise ValueError(f"the sweep {place.name} is kept elsewhere: leave --storage out")
    url = kept
    storage = open_storage(url, place.journal, place.journal_lock)
    with place.held("making", MAKING_SECONDS) as is_mine:
        if not is_mine:
            raise ValueError(f"another process is still making the sweep {place.name}")
        found = Ledger.opened(storage, place.name)
        if found is None or "plan" not in found.facts:
            found = Ledger.made(storage, place.name, plan, _facts(place, plan))
        grown = found.plan.grown_to(plan)
        if grown is None:
            raise ValueError(
                f"there is a sweep {place.name} already, of {found.plan}: give another --name, or "
                f"ask the same with more --seeds (of a grid) or --trials (of a search)"
            )
        if not place.is_known:
            place.keep_storage(url)
        remove_leftovers([place.folder])
        found.grow(grown)
    return _as_it_stands(place, found)


def find(place: Place, url: str | None) -> Sweep:
    """A sweep that was begun.

    Raises:
        ValueError: there is none of this name, its data have changed, or its storage is away.
    """
    url = url or place.storage()
    ledger = ledger_of(place, url)
    if ledger is None:
        raise ValueError(f"the storage has no sweep {place.name}: `headway sweep` makes it")
    if not place.is_known:
        place.keep_storage(url)
    return _as_it_stands(place, ledger)


def ledger_of(place: Place, url: str | None) -> Ledger | None:
    """A sweep's trials, if it was begun in this storage.

    Raises:
        ValueError: the storage cannot be used.
    """
    ledger = Ledger.opened(open_storage(url, place.journal, place.journal_lock), place.name)
    return ledger if ledger is not None and "plan" in ledger.facts else None


def changed(params: Mapping[str, Any], changes: Varied) -> dict[str, Any]:
    """Nested parameters with other values; the ones that are given stay."""
    copied = {key: _copied(value) for key, value in params.items()}
    for key, value in changes.items():
        set_value(copied, key, value)
    return copied


def _copied(value: Any) -> Any:
    return {k: _copied(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _facts(place: Place, plan: Plan) -> dict[str, Any]:
    """What a new sweep begins with; its code is kept under a ref."""
    base = Base.here(place.root)
    git(place.root, "update-ref", place.base, base.tree)
    params = changed(read_yaml(place.root / "params.yaml"), plan.fixed)
    monitor = params["train"]["monitor"]
    return {
        "commit": base.commit,
        "tree": base.tree,
        "data": data_of(place.root),
        "monitor": monitor,
        "direction": MONITORS[monitor],
    }


def _as_it_stands(place: Place, ledger: Ledger) -> Sweep:
    facts = ledger.facts
    base = Base(facts["commit"], facts["tree"])
    try:
        told = [git(place.root, "show", f"{base.tree}:{it}") for it in ("params.yaml", "dvc.yaml")]
    except ValueError:
        raise ValueError(
            f"expected the code that the sweep {place.name} began with (commit {base.tree[:12]}), "
            f"found none in this repository: fetch it, with its ref {place.base}"
        ) from None
    if facts["data"] != data_of(place.root):
        raise ValueError(
            f"data/source is not what it was when the sweep {place.name} began, so its trials "
            f"could not be compared: put it back, or begin another with --name"
        )
    params, pipeline = map(read_value, told)
    return Sweep(place, ledger, ledger.plan, base, params, pipeline["stages"], facts)


def changed_note(sweep: Sweep) -> str | None:
    """What to know where the files here are not what all trials of the sweep are made of.

    Raises:
        ValueError: git cannot say.
    """
    place, began = sweep.place, sweep.base.tree
    here = Base.here(place.root).tree
    files = git(place.root, "diff", "--name-only", began, here, "--", *MADE_OF).splitlines()
    if not files:
        return None
    return (
        f"{place.name} goes on with what it began with; changed here since then: "
        f"{first_named(files, SHOWN)}. --name begins another sweep with what is here"
    )


def cache_of(root: Path) -> Path:
    """The cache that DVC is set to use for a project.

    Raises:
        ValueError: DVC cannot be used here.
    """
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "cache", "dir"],
        cwd=root, env=programs.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ValueError(f"DVC cannot be used here: {done.stderr.strip().splitlines()[-1]}")
    return Path(done.stdout.strip())
