"""A training -> its run: what it learns from, its epochs, the model, and what it was made from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.model.history import EpochRow, read_kept_epoch
from pipeline.params.whole import Params, flatten
from pipeline.progress import begin
from pipeline.recording.inputs import log_inputs
from pipeline.recording.metric_names import KEPT_EPOCH, of_epoch, of_time
from pipeline.recording.model_run import claim_weights
from pipeline.recording.provenance import Origin, origin_of
from pipeline.recording.record import log_record
from pipeline.recording.run_names import model_name
from pipeline.recording.trial import name_here, token_here
from pipeline.study.epochs import EpochWeights
from pipeline.study.watched import WatchedSentence, choose_watched
from pipeline.tokens.encoding import load_encoding
from pipeline.tokens.store import open_tokens
from pipeline.tracking.run import TrackedRun, track
from pipeline.training.audience import Audience

NOTE = "mlflow.note.content"
"""The tag that MLflow shows as a run's description."""
NOT_EVALUATED = "Trained, not evaluated: `dvc repro --force --single-item evaluate` measures it."
"""The description until there is more to say."""

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

    def follower(self) -> Audience:
        """The run as it follows its training, with the sentences that the parameters name.

        Raises:
            ValueError: a sentence is empty or longer than the model is made for.
        """
        encoding = load_encoding(self.artifacts.tokens)
        validation = open_tokens(self.artifacts.tokens_split("validation"))
        return follower(self.run, choose_watched(encoding, validation, self.params.train.watched))

    def log_trained(
        self, speed: Mapping[str, float], arithmetic: Mapping[str, str], packaged: Packaging
    ) -> None:
        """What is known once it is over: figures, machine, the model with its hash, the record."""
        begin("recording the run")
        self.run.log_metrics({of_time(name): it for name, it in speed.items()}, step=0)
        self.run.set_tags({NOTE: NOT_EVALUATED})
        claim_weights(self.run, self.artifacts, flatten(self.params))
        _log_model(self.run, self.artifacts, packaged)
        log_record(self.run, self.artifacts, self.origin, self.params, "train", arithmetic)


@contextmanager
def run_of_training(artifacts: Artifacts, params: Params, token: str) -> Iterator[TrainingRun]:
    """The run of a training, new, or the one with this token that ended early.

    Raises:
        ConnectionError, OSError, ValueError: the store cannot be used at the start.
    """
    begin("opening the record of the run")
    origin, flat = origin_of(artifacts.root), flatten(params)
    with track(artifacts.root, name_here(flat), flat, origin.tags, token_here(token)) as run:
        log_inputs(run, artifacts)
        yield TrainingRun(run, artifacts, params, origin)


def log_training(run: TrackedRun, artifacts: Artifacts, packaged: Packaging) -> None:
    """What a training tells its run, told from what it wrote: for one that ran elsewhere.

    Its seconds are in no output, so the run has none.
    """
    log_inputs(run, artifacts)
    follower(run, ()).recall(artifacts.model)
    run.set_tags({NOTE: NOT_EVALUATED})
    _log_model(run, artifacts, packaged)


def follower(run: TrackedRun, watched: Sequence[WatchedSentence]) -> Audience:
    """The run, as it follows a training: a point of every curve at the end of each epoch."""

    def hear(row: EpochRow) -> None:
        run.log_metrics(epoch_metrics(row), row.epoch)

    return Audience(hear, [EpochWeights(watched)])


def epoch_metrics(row: EpochRow) -> dict[str, float]:
    """A row of history by the names that group MLflow's charts; what is not known is left out.

    MLflow's page of comparisons opens on the metric that was logged first: the accuracy on
    validation.
    """
    known = row.figures
    first = sorted(known, key=lambda name: ("validation" not in name, "accuracy" not in name))
    return {of_epoch(name): known[name] for name in first}


def _log_model(run: TrackedRun, artifacts: Artifacts, packaged: Packaging) -> None:
    """The model, ready to be loaded, its history and trail, and which epoch it is of."""
    run.log_metrics({KEPT_EPOCH: read_kept_epoch(artifacts.model)}, step=0)
    with packaged(artifacts.model, artifacts.lock) as package:
        run.log_model(package, model_name(run.name))
    files = ModelFiles(artifacts.model)
    for path in (files.history, files.trail):
        run.log_file(path, "")
