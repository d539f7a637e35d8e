"""A training -> its run: what it learns from, its epochs, the model, and what it was made from."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.params.whole import Params, flatten
from pipeline.recording.inputs import log_inputs
from pipeline.recording.metric_names import BEST_EPOCH
from pipeline.recording.model_run import claim_weights
from pipeline.recording.provenance import Origin, origin_of
from pipeline.recording.record import log_record
from pipeline.recording.run_names import run_name
from pipeline.tracking.run import TrackedRun, track
from pipeline.training.history import best_epoch, read_history, tell_training

Packaging = Callable[[Path, Path], AbstractContextManager[Path]]
"""A model's folder and the lock file of versions -> a folder in MLflow's format, for a while."""


@dataclass(frozen=True)
class TrainingRun:
    """The run of a training that is going on."""

    run: TrackedRun
    artifacts: Artifacts
    params: Params
    origin: Origin
    """As it was when the stage began."""

    def log_trained(
        self, speed: Mapping[str, float], arithmetic: Mapping[str, str], packaged: Packaging
    ) -> None:
        """What is known once it is over: figures, machine, the model with its hash, the record."""
        self.run.log_metrics(speed, step=0)
        self.run.set_tags({f"headway.{name}": text for name, text in arithmetic.items()})
        claim_weights(self.run, self.artifacts, flatten(self.params))
        _log_model(self.run, self.artifacts, packaged)
        log_record(self.run, self.artifacts, self.origin, self.params, "train", arithmetic)


@contextmanager
def run_of_training(artifacts: Artifacts, params: Params, token: str) -> Iterator[TrainingRun]:
    """The run of a training, new, or the one with this token that ended early.

    Raises:
        ConnectionError, OSError, ValueError: the store cannot be used at the start.
    """
    origin, flat = origin_of(artifacts.root), flatten(params)
    with track(artifacts.root, run_name(flat), flat, origin.tags, token) as run:
        log_inputs(run, artifacts)
        yield TrainingRun(run, artifacts, params, origin)


def log_training(run: TrackedRun, artifacts: Artifacts, monitor: str, packaged: Packaging) -> None:
    """What a training tells its run, told from what it wrote: for one that ran elsewhere.

    Its seconds are in no output, so the run has none.
    """
    log_inputs(run, artifacts)
    tell_training(artifacts.model, run.log_metrics)
    history = read_history(artifacts.model / "history.csv")
    run.log_metrics({BEST_EPOCH: best_epoch(history, monitor)}, step=0)
    _log_model(run, artifacts, packaged)


def _log_model(run: TrackedRun, artifacts: Artifacts, packaged: Packaging) -> None:
    """The model, ready to be loaded, and its history."""
    with packaged(artifacts.model, artifacts.lock) as package:
        run.log_model(package, "model")
    run.log_file(artifacts.model / "history.csv", "")
