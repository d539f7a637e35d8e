"""What is said to the store about a run: values that can be sent at once or wait in a file."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.tracking.slider import log_on_slider

if TYPE_CHECKING:
    import mlflow

METRICS_A_CALL = 1000
PAIRS_A_CALL = 100
"""MLflow's limits on one `log_batch`."""

ERROR_TAG = "headway.error"
"""Why a run ended early."""

DIGEST_LENGTH = 12
"""Of a sha256's 64 characters, in MLflow's column of 36; all of it stands in the profile."""


@dataclass(frozen=True)
class Metrics:
    """Measured values at one step. NaN stays NaN; MLflow's SQL store keeps ±inf as ±1.8e308."""

    values: dict[str, float]
    step: int
    timestamp: int
    """Milliseconds since 1970."""

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Log all values; the same message sent twice is kept once."""
        send_metrics(client, run_id, [self])


@dataclass(frozen=True)
class Params:
    """Parameters, as text."""

    values: dict[str, str]

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Log all values; another value for a logged name is refused."""
        from mlflow.entities import Param

        for part in _parts([Param(k, v) for k, v in self.values.items()], PAIRS_A_CALL):
            client.log_batch(run_id, params=part, synchronous=True)


@dataclass(frozen=True)
class Tags:
    """Tags, as text; a later value replaces an earlier one."""

    values: dict[str, str]

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Set all values."""
        from mlflow.entities import RunTag

        for part in _parts([RunTag(k, v) for k, v in self.values.items()], PAIRS_A_CALL):
            client.log_batch(run_id, tags=part, synchronous=True)


@dataclass(frozen=True)
class DatasetInput:
    """Data of a run, such as a split of the corpus."""

    name: str
    sha256: str
    counts: dict[str, int]
    """Rows, or anything else that is counted, by name."""
    source: str
    context: str
    """What it was used for: training, validation, testing."""

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Log it as a dataset input with our own digest (MLflow's reads 10,000 rows only)."""
        from mlflow import entities

        profile = {**self.counts, "sha256": self.sha256}
        dataset = entities.Dataset(
            name=self.name,
            digest=self.sha256[:DIGEST_LENGTH],
            source_type="headway",
            source=json.dumps({"uri": self.source}),
            profile=json.dumps(profile, sort_keys=True),
        )
        tags = [
            entities.InputTag("mlflow.data.context", self.context),
            entities.InputTag("headway.sha256", self.sha256),
        ]
        client.log_inputs(run_id, datasets=[entities.DatasetInput(dataset, tags)])


@dataclass(frozen=True)
class Upload:
    """A file or a folder, into a folder of the run's artifacts ("" for the top)."""

    path: str
    folder: str

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Copy it into the run under its own name."""
        path = Path(self.path)
        if path.is_dir():
            client.log_artifacts(
                run_id, self.path, "/".join(filter(None, [self.folder, path.name]))
            )
        else:
            client.log_artifact(run_id, self.path, self.folder or None)


@dataclass(frozen=True)
class Picture:
    """A picture at a step: on the charts page's slider, and at pictures/<file name>."""

    path: str
    key: str
    step: int
    timestamp: int

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Log it both ways: MLflow's charts want names that no link could know beforehand."""
        log_on_slider(client, run_id, Path(self.path), self.key, self.step, self.timestamp)
        client.log_artifact(run_id, self.path, "pictures")


@dataclass(frozen=True)
class Model:
    """A model in MLflow's format, which the UI shows and `runs:/<run id>/<name>` loads."""

    path: str
    name: str

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Make it a logged model that this run put out, unless it has one of that name.

        One that was left half-made, by a process that ended meanwhile, goes.
        """
        from mlflow.entities import LoggedModelOutput, LoggedModelStatus

        run = client.get_run(run_id)
        experiment = run.info.experiment_id
        whole = {output.model_id for output in run.outputs.model_outputs} if run.outputs else set()
        alike = f"source_run_id = '{run_id}' AND name = '{self.name}'"
        for earlier in client.search_logged_models([experiment], alike):
            if earlier.model_id in whole:
                return
            client.delete_logged_model(earlier.model_id)
        model = client.create_logged_model(experiment, self.name, source_run_id=run_id)
        client.log_model_artifacts(model.model_id, self.path)
        client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])


@dataclass(frozen=True)
class Ending:
    """How the run ended (FINISHED, FAILED or KILLED), and when."""

    status: str
    timestamp: int

    def send(self, client: "mlflow.MlflowClient", run_id: str) -> None:
        """Close the run. One that ended well carries no error of an earlier try."""
        client.set_terminated(run_id, status=self.status, end_time=self.timestamp)
        if self.status == "FINISHED" and ERROR_TAG in client.get_run(run_id).data.tags:
            client.delete_tag(run_id, ERROR_TAG)


Message = Metrics | Params | Tags | DatasetInput | Upload | Picture | Model | Ending
KINDS: dict[str, type[Message]] = {
    kind.__name__.lower(): kind
    for kind in (Metrics, Params, Tags, DatasetInput, Upload, Picture, Model, Ending)
}


def send_metrics(client: "mlflow.MlflowClient", run_id: str, messages: Sequence[Metrics]) -> None:
    """Log the values of several steps, with as few calls as MLflow's limit allows."""
    from mlflow.entities import Metric

    points = [
        Metric(name, value, message.timestamp, message.step)
        for message in messages
        for name, value in message.values.items()
    ]
    for part in _parts(points, METRICS_A_CALL):
        client.log_batch(run_id, metrics=part, synchronous=True)


def to_line(message: Message) -> str:
    """One line of JSON; a value that is not finite becomes "nan", "inf" or "-inf"."""
    content = asdict(message)
    if isinstance(message, Metrics):
        content["values"] = {k: _readable(v) for k, v in message.values.items()}
    return (
        json.dumps({"kind": type(message).__name__.lower(), **content}, ensure_ascii=False) + "\n"
    )


def from_line(line: str) -> Message:
    """The message that `to_line` wrote.

    Raises:
        ValueError: the line is no such message.
    """
    try:
        content = json.loads(line)
        kind = KINDS[content.pop("kind")]
        if kind is Metrics:
            content["values"] = {k: float(v) for k, v in content["values"].items()}
        return kind(**content)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a message about a run ({error}): {line[:80]!r}") from None


def files_of(message: Message) -> Path | None:
    """The file or folder that the message needs when it is sent; None for most."""
    return Path(message.path) if isinstance(message, Upload | Picture | Model) else None


def _readable(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
