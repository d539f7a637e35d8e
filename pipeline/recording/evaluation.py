"""An evaluation -> the run of the model that it measures, and what it was made from."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.artifacts import Artifacts
from pipeline.params.whole import Params, flatten
from pipeline.progress import begin
from pipeline.recording.evidence import log_evidence
from pipeline.recording.model_run import claim_weights, run_of_model
from pipeline.recording.provenance import Origin, origin_of
from pipeline.recording.record import log_record
from pipeline.recording.training import Packaging, log_training
from pipeline.tracking.run import TrackedRun


@dataclass(frozen=True)
class EvaluationRun:
    """The run that an evaluation going on belongs to."""

    run: TrackedRun
    artifacts: Artifacts
    params: Params
    origin: Origin
    """As it was when the stage began."""

    def log_evaluated(self, arithmetic: Mapping[str, str] | None) -> None:
        """What lies in data/evidence, and its record; `arithmetic` None where it is not known."""
        begin("recording the run")
        log_evidence(self.run, self.artifacts)
        log_record(self.run, self.artifacts, self.origin, self.params, "evaluate", arithmetic)


@contextmanager
def run_of_evaluation(
    artifacts: Artifacts, params: Params, packaged: Packaging
) -> Iterator[EvaluationRun]:
    """The run that an evaluation of data/model belongs to; one made for it hears of the training.

    Raises:
        ConnectionError: the store is away, and nothing here says which run it is.
    """
    origin, flat = origin_of(artifacts.root), flatten(params)
    with run_of_model(artifacts, flat, origin.tags) as (run, is_whole):
        if not is_whole:
            log_training(run, artifacts, packaged)
            claim_weights(run, artifacts, flat)
        yield EvaluationRun(run, artifacts, params, origin)
