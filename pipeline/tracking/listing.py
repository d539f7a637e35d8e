"""The newest runs as rows of numbers: what `headway runs` shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.tracking.client import plain_errors
from pipeline.tracking.finding import newest_runs, shown_name
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    import mlflow
    import mlflow.entities

BY_EPOCH = "epoch/validation_loss"
"""The metric whose last step is the number of epochs."""


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
    run_id: str
    status: str
    started: datetime
    test_accuracy: Measured | None
    validation_accuracy: Measured | None
    validation_loss: Measured | None
    epochs: int | None
    seconds: float | None
    """Of training alone where it was measured, else from the run's start to its end."""


def list_runs(store: Store, limit: int) -> list[RunRow]:
    """The newest runs, newest first."""
    with plain_errors(store.uri):
        return [_row(store, run) for run in newest_runs(store, limit)]


def _row(store: Store, run: "mlflow.entities.Run") -> RunRow:
    metrics = run.data.metrics
    return RunRow(
        name=shown_name(run),
        run_id=run.info.run_id,
        status=run.info.status,
        started=datetime.fromtimestamp(run.info.start_time / 1000).astimezone(),
        test_accuracy=_measured(metrics, "test/accuracy"),
        validation_accuracy=_measured(metrics, "validation/accuracy", "epoch/validation_accuracy"),
        validation_loss=_measured(metrics, "validation/loss", "epoch/validation_loss"),
        epochs=_epochs(store, run),
        seconds=_seconds(run),
    )


def _measured(metrics: Mapping[str, float], *names: str) -> Measured | None:
    """The first of the metrics that the run has, with its interval."""
    for name in names:
        if name in metrics:
            ends = f"interval/{name.replace('/', '_')}"
            low, high = metrics.get(f"{ends}_low"), metrics.get(f"{ends}_high")
            draws = metrics.get(f"{name.partition('/')[0]}/resamples")
            return Measured(metrics[name], low, high, draws)
    return None


def _epochs(store: Store, run: "mlflow.entities.Run") -> int | None:
    if BY_EPOCH not in run.data.metrics:
        return None
    history = store.client.get_metric_history(run.info.run_id, BY_EPOCH)
    return max(int(point.step) for point in history)


def _seconds(run: "mlflow.entities.Run") -> float | None:
    if "time/train_seconds" in run.data.metrics:
        return float(run.data.metrics["time/train_seconds"])
    if run.info.end_time is None:
        return None
    return float(run.info.end_time - run.info.start_time) / 1000
