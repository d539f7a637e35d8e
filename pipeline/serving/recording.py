"""A trained model in its folder -> its run: the figures of its training, the model, its hash."""

from pipeline import tracking
from pipeline.artifacts import Artifacts
from pipeline.serving.package import packaged_model
from pipeline.study.probes import head_figures, read_probes
from pipeline.training.history import best_epoch, read_history


def log_training(run: tracking.TrackedRun, artifacts: Artifacts, monitor: str) -> None:
    """What a training tells its run, told from what it wrote: for one that ran elsewhere.

    Its seconds are in no output, so the run has none.
    """
    tracking.log_inputs(run, artifacts)
    history = read_history(artifacts.model / "history.csv")
    for row in history:
        run.log_metrics(row.metrics, row.epoch)
    for epoch, seen in enumerate(read_probes(artifacts.model / "probes.safetensors"), start=1):
        run.log_metrics(head_figures(seen), epoch)
    run.log_metrics({"best_epoch": best_epoch(history, monitor)}, step=0)
    log_model(run, artifacts)


def log_model(run: tracking.TrackedRun, artifacts: Artifacts) -> None:
    """The model, ready to be loaded, and its history."""
    with packaged_model(artifacts.model, artifacts.lock) as package:
        run.log_model(package, "model")
    run.log_file(artifacts.model / "history.csv", "")
