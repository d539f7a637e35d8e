"""A trained model in its folder -> its run: the figures of its training, the model, its hash."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.recording.contents import log_inputs
from pipeline.recording.metric_names import BEST_EPOCH
from pipeline.recording.model_run import claim_weights
from pipeline.tracking.run import TrackedRun
from pipeline.training.history import best_epoch, read_history, tell_training

Packaging = Callable[[Path, Path], AbstractContextManager[Path]]
"""A model's folder and the lock file of versions -> a folder in MLflow's format, for a while."""


def log_training(run: TrackedRun, artifacts: Artifacts, monitor: str, packaged: Packaging) -> None:
    """What a training tells its run, told from what it wrote: for one that ran elsewhere.

    Its seconds are in no output, so the run has none.
    """
    log_inputs(run, artifacts)
    tell_training(artifacts.model, run.log_metrics)
    history = read_history(artifacts.model / "history.csv")
    run.log_metrics({BEST_EPOCH: best_epoch(history, monitor)}, step=0)
    log_model(run, artifacts, packaged)


def log_trained(
    run: TrackedRun,
    artifacts: Artifacts,
    params: Mapping[str, object],
    speed: Mapping[str, float],
    arithmetic: Mapping[str, str],
    packaged: Packaging,
) -> None:
    """What is known once a training is over: figures, machine, and the model with its hash."""
    run.log_metrics(speed, step=0)
    run.set_tags({f"headway.{name}": text for name, text in arithmetic.items()})
    claim_weights(run, artifacts, params)
    log_model(run, artifacts, packaged)


def log_model(run: TrackedRun, artifacts: Artifacts, packaged: Packaging) -> None:
    """The model, ready to be loaded, and its history."""
    with packaged(artifacts.model, artifacts.lock) as package:
        run.log_model(package, "model")
    run.log_file(artifacts.model / "history.csv", "")
