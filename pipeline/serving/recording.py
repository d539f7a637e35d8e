"""A trained model in its folder -> its run: the figures of its training, the model, its hash."""

from collections.abc import Mapping

from pipeline import tracking
from pipeline.artifacts import Artifacts
from pipeline.serving.package import packaged_model
from pipeline.training.history import best_epoch, read_history, tell_training


def log_training(run: tracking.TrackedRun, artifacts: Artifacts, monitor: str) -> None:
    """What a training tells its run, told from what it wrote: for one that ran elsewhere.

    Its seconds are in no output, so the run has none.
    """
    tracking.log_inputs(run, artifacts)
    tell_training(artifacts.model, run.log_metrics)
    history = read_history(artifacts.model / "history.csv")
    run.log_metrics({"best_epoch": best_epoch(history, monitor)}, step=0)
    log_model(run, artifacts)


def log_trained(
    run: tracking.TrackedRun,
    artifacts: Artifacts,
    params: Mapping[str, object],
    speed: Mapping[str, float],
    arithmetic: Mapping[str, str],
) -> None:
    """What is known once a training is over: figures, machine, and the model with its hash."""
    run.log_metrics(speed, step=0)
    run.set_tags({f"headway.{name}": text for name, text in arithmetic.items()})
    tracking.claim_weights(run, artifacts, params)
    log_model(run, artifacts)


def log_model(run: tracking.TrackedRun, artifacts: Artifacts) -> None:
    """The model, ready to be loaded, and its history."""
    with packaged_model(artifacts.model, artifacts.lock) as package:
        run.log_model(package, "model")
    run.log_file(artifacts.model / "history.csv", "")
