"""A model's weights -> the run that made them: where its evaluation belongs."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.artifacts import Artifacts, hash_file
from pipeline.tracking.finding import WEIGHTS_TAG, find_by_weights
from pipeline.tracking.names import run_name
from pipeline.tracking.run import TrackedRun, continue_run, track
from pipeline.tracking.store import open_store

EVALUATION_TAG = "headway.evaluation"
PARENT_TAG = "mlflow.parentRunId"


def weights_tag(model: Path) -> dict[str, str]:
    """The tag by which a model's run is found again; no output holds a run's id."""
    return {WEIGHTS_TAG: hash_file(model / "weights.safetensors")}


@contextmanager
def run_of_model(
    artifacts: Artifacts, params: Mapping[str, object], origin: Mapping[str, str]
) -> Iterator[tuple[TrackedRun, bool]]:
    """The run that an evaluation of data/model belongs to, and whether it knows of the training.

    The newest run that trained these weights; a child of it, when it was already evaluated with
    other parameters, so that the earlier figures stay; a new run when the store knows no run with
    these weights (they came from a cache, or the store is new).

    Args:
        artifacts: whose model it is.
        params: the flattened parameters.
        origin: the tags of a run that begins now.
    """
    trained = find_by_weights(open_store(artifacts.root), artifacts.model / "weights.safetensors")
    evaluation = _digest(params)
    tags = {EVALUATION_TAG: evaluation}
    if trained is None:
        with track(artifacts.root, run_name(params), params, {**origin, **tags}) as run:
            yield run, False
    elif trained.data.tags.get(EVALUATION_TAG, evaluation) != evaluation:
        child = {**origin, **tags, PARENT_TAG: trained.info.run_id}
        name = f"{trained.info.run_name}-evaluation"
        with track(artifacts.root, name, params, child) as run:
            yield run, True
    else:
        with continue_run(artifacts.root, trained.info.run_id) as run:
            run.set_tags(tags)
            yield run, True


def _digest(params: Mapping[str, object]) -> str:
    """One short text for everything that evaluation is told."""
    told = {k: v for k, v in params.items() if k == "seed" or k.startswith("evaluate.")}
    content = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
