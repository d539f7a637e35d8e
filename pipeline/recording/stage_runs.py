"""A stage's execution -> its run, from what it is made from to what it made."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.artifacts import Artifacts
from pipeline.params import Params, flatten
from pipeline.recording.contents import log_evaluation, log_inputs
from pipeline.recording.model_run import claim_weights, run_of_model
from pipeline.recording.provenance import Origin, origin_of
from pipeline.recording.record import log_record
from pipeline.recording.run_names import run_name
from pipeline.recording.training import Packaging, log_trained, log_training
from pipeline.tracking.run import TrackedRun, track


@dataclass(frozen=True)
class StageRun:
    """An execution that is going on, in its run."""

    run: TrackedRun
    artifacts: Artifacts
    params: Params
    origin: Origin
    """As it was when the execution began."""

    def log_trained(
        self, speed: Mapping[str, float], arithmetic: Mapping[str, str], packaged: Packaging
    ) -> None:
        """The model in data/model, and the record of its training."""
        flat = flatten(self.params)
        log_trained(self.run, self.artifacts, flat, speed, arithmetic, packaged)
        self._log_record("train", arithmetic)

    def log_evaluated(self, arithmetic: Mapping[str, str] | None) -> None:
        """The evidence in data/evidence, and its record; None where it was made elsewhere."""
        log_evaluation(self.run, self.artifacts)
        self._log_record("evaluate", arithmetic)

    def _log_record(self, stage: str, arithmetic: Mapping[str, str] | None) -> None:
        log_record(self.run, self.artifacts, self.origin, self.params, stage, arithmetic)


@contextmanager
def run_of_training(artifacts: Artifacts, params: Params, token: str) -> Iterator[StageRun]:
    """The run of a training, new, or the one with this token that ended early.

    Raises:
        ConnectionError, OSError, ValueError: the store cannot be used at the start.
    """
    origin, flat = origin_of(artifacts.root), flatten(params)
    with track(artifacts.root, run_name(flat), flat, origin.tags, token) as run:
        log_inputs(run, artifacts)
        yield StageRun(run, artifacts, params, origin)


@contextmanager
def run_of_evaluation(
    artifacts: Artifacts, params: Params, packaged: Packaging
) -> Iterator[StageRun]:
    """The run that an evaluation of data/model belongs to; one made for it hears of the training.

    Raises:
        ConnectionError: the store is away, and nothing here says which run it is.
    """
    origin, flat = origin_of(artifacts.root), flatten(params)
    with run_of_model(artifacts, flat, origin.tags) as (run, is_whole):
        if not is_whole:
            log_training(run, artifacts, params.train.monitor, packaged)
            claim_weights(run, artifacts, flat)
        yield StageRun(run, artifacts, params, origin)
