"""The run of a whole sweep, under which MLflow's UI folds those of its trials."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.recording.provenance import origin_of
from pipeline.recording.training import NOTE
from pipeline.recording.trial import PARENT_OF_SWEEP_TAG, PLAN_TAG, SWEEP_TAG
from pipeline.sweeps.ledger import ENDED
from pipeline.sweeps.standing import setting_table
from pipeline.sweeps.sweep import Sweep
from pipeline.tracking.resuming import TOKEN_TAG
from pipeline.tracking.run import track
from pipeline.tracking.search import find_by_tag
from pipeline.tracking.store import open_store

WAIT_SECONDS = 120


@contextmanager
def parent_run(sweep: Sweep) -> Iterator[str]:
    """The id of the sweep's run, which goes on while one of the processes at work keeps it.

    Where that process ended early, another one ends the run well at the end of the sweep.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    with sweep.place.held("keeper") as is_keeper:
        if is_keeper:
            with _kept(sweep) as run_id:
                yield run_id
            return
    yield _waited_for(sweep)
    is_over = all(trial.state in ENDED for trial in sweep.ledger.trials())
    with sweep.place.held("keeper") as is_keeper:
        if is_keeper and is_over and _status(sweep) != "FINISHED":
            with _kept(sweep):
                pass


@contextmanager
def _kept(sweep: Sweep) -> Iterator[str]:
    with track(sweep.place.root, sweep.place.name, {}, _tags(sweep), _token(sweep)) as run:
        yield run.run_id
        run.set_tags({NOTE: _note(sweep)})


def _note(sweep: Sweep) -> str:
    """What varied, and what came of each setting so far."""
    plan, trials = sweep.plan, sweep.ledger.trials()
    told = f"{plan}\n\n{plan.count()} trials, each a run below this one."
    if not any(trial.state == "done" for trial in trials):
        return told
    return f"{told}\n\n{setting_table(trials, sweep.direction, sweep.monitor)}"


def _status(sweep: Sweep) -> str:
    run = find_by_tag(open_store(sweep.place.root), TOKEN_TAG, _token(sweep))
    return str(run.info.status) if run else "missing"


def _tags(sweep: Sweep) -> dict[str, str]:
    plan = sweep.plan
    return {
        **origin_of(sweep.place.root).tags,
        SWEEP_TAG: sweep.place.name,
        PARENT_OF_SWEEP_TAG: "true",
        PLAN_TAG: json.dumps(plan.as_json(), sort_keys=True),
        NOTE: _note(sweep),
        "mlflow.source.git.commit": sweep.base.commit,
    }


def _token(sweep: Sweep) -> str:
    return f"sweep-{sweep.facts['token']}"


def _waited_for(sweep: Sweep) -> str:
    """The id of the run that another process has made, or is making."""
    store, until = open_store(sweep.place.root), time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if run := find_by_tag(store, TOKEN_TAG, _token(sweep)):
            return str(run.info.run_id)
        time.sleep(1)
    raise ValueError(f"the run of the sweep {sweep.place.name} is not there: start it again")
