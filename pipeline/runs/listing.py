"""The newest runs as rows of numbers: what `headway runs` shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.foreign import visible_name
from pipeline.recording.changes import NONE
from pipeline.recording.metric_names import (
    LOSS_OF_EPOCHS,
    TRAIN_SECONDS,
    draws_of,
    interval_of,
    of_epoch,
    of_split,
)
from pipeline.recording.provenance import EXPERIMENT_TAG
from pipeline.runs.finding import shown_name, state_of
from pipeline.tracking.client import plain_errors
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    import mlflow
    import mlflow.entities


@dataclass(frozen=True)
class Measured:
    """A number and, where it was estimated, its interval."""

    value: float
    low: float | None
    high: float | None
    draws: float | None
    """How many draws the interval is of."""


@dataclass(frozen=True)
class RunRow:
    """One run in a line; None for what it has not measured."""

    name: str
    """Of one that DVC made as an experiment, with the experiment's name: tagging-... [slow]."""
    run_id: str
    state: str
    """As `state_of` has it."""
    started: datetime
    test_f1: Measured | None
    """Of spans."""
    test_accuracy: Measured | None
    validation_accuracy: Measured | None
    validation_loss: Measured | None
    epochs: int | None
    seconds: float | None
    """Of training alone where it was measured, else from the run's start to its end."""


def list_runs(store: Store, limit: int) -> list[RunRow]:
    """The newest runs, newest first.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    with plain_errors(store.uri):
        return [_row(store, run) for run in newest_runs(store, limit)]


def _row(store: Store, run: "mlflow.entities.Run") -> RunRow:
    metrics = run.data.metrics
    return RunRow(
        name=_name(run),
        run_id=run.info.run_id,
        state=state_of(run),
        started=datetime.fromtimestamp(run.info.start_time / 1000).astimezone(),
        test_f1=_measured(metrics, of_split("test", "f1")),
        test_accuracy=_measured(metrics, of_split("test", "accuracy")),
        validation_accuracy=_validated(metrics, "accuracy"),
        validation_loss=_validated(metrics, "loss"),
        epochs=_epochs(store, run),
        seconds=_seconds(run),
    )


def _name(run: "mlflow.entities.Run") -> str:
    experiment = run.data.tags.get(EXPERIMENT_TAG)
    named = f" [{visible_name(experiment)}]" if experiment not in (None, NONE) else ""
    return f"{shown_name(run)}{named}"


def _validated(metrics: Mapping[str, float], name: str) -> Measured | None:
    """By the evaluation, or by the training's last epoch where there was none."""
    return _measured(metrics, of_split("validation", name), of_epoch(f"validation_{name}"))


def _measured(metrics: Mapping[str, float], *names: str) -> Measured | None:
    """The first of the metrics that the run has, with its interval."""
    for name in names:
        if name in metrics:
            low, high = map(metrics.get, interval_of(name))
            return Measured(metrics[name], low, high, metrics.get(draws_of(name)))
    return None


def _epochs(store: Store, run: "mlflow.entities.Run") -> int | None:
    if LOSS_OF_EPOCHS not in run.data.metrics:
        return None
    history = store.client.get_metric_history(run.info.run_id, LOSS_OF_EPOCHS)
    return max(int(point.step) for point in history)


def _seconds(run: "mlflow.entities.Run") -> float | None:
    if TRAIN_SECONDS in run.data.metrics:
        return float(run.data.metrics[TRAIN_SECONDS])
    if run.info.end_time is None:
        return None
    return float(run.info.end_time - run.info.start_time) / 1000
