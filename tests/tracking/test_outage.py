"""A real MLflow server on loopback that goes away in the middle of a run."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from pipeline.artifacts import Artifacts
from pipeline.files import hash_file
from pipeline.recording.model_run import claim_weights, run_of_model
from pipeline.recording.trained_here import TrainedHere, keep_training
from pipeline.recording.weights import WEIGHTS_TAG
from pipeline.runs.server import server_command
from pipeline.tracking.journal import Journal
from pipeline.tracking.messages import Ending, Metrics, Params, Tags
from pipeline.tracking.ownership import PROJECT_TAG, project_id
from pipeline.tracking.resuming import TOKEN_TAG
from pipeline.tracking.run import track
from pipeline.tracking.sending import send_unsent
from pipeline.tracking.store import open_store

DEADLINE_SECONDS = 150


class Server:
    """`mlflow server` at one address, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        command = server_command(self.folder, self.port)
        command[command.index("--default-artifact-root") + 1] = "mlflow-artifacts:/"
        command[command.index("--backend-store-uri") + 1] = f"sqlite:///{self.folder}/mlflow.db"
        environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
                env=environment | quiet,
            )
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            assert time.monotonic() < deadline, "the server did not start in time"
            select.select([], [], [], 0.1)

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(urllib.request.urlopen(f"{self.address}/health", timeout=2).status == 200)
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"))
    made.start()
    yield made
    made.kill()


def wait_until_sent(project: Path) -> None:
    """A run's journal goes when the store has everything."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while any((project / ".headway/unsent").glob("*.jsonl")):
        assert time.monotonic() < deadline, "the server did not take it in time"
        select.select([], [], [], 0.02)


def test_no_number_is_lost_when_the_server_goes_away_during_a_run(
    server: Server,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.address)
    picture, weights = project / "heads.png", project / "data/model/weights.safetensors"
    Image.new("RGB", (3, 2), "teal").save(picture)

    with track(project, "back in time", {"seed": 20}, {}, retry_seconds=3600.0) as first:
        first.log_metrics({"validation/loss": 1.2}, 1)
        wait_until_sent(project)
        server.kill()
        first.log_metrics({"validation/loss": 0.9}, 2)
        first.log_picture(picture, "heads", 2)
        first.log_file(picture, "kept")
        picture.unlink()
        first.log_metrics({"validation/loss": 0.7}, 3)
        journal = project / f".headway/unsent/{first.run_id}.jsonl"
        assert len(journal.read_text().splitlines()) == 5
        server.start()
    assert not any((project / ".headway/unsent").iterdir())
    warning, ending = capsys.readouterr().err.splitlines()
    assert f"{server.address} does not take this run's records" in warning
    assert "the run goes on" in warning
    assert "everything that was kept has been sent" in ending

    params = {"seed": 21}
    with track(project, "never back", params, {}, retry_seconds=3600.0) as second:
        second.log_metrics({"validation/loss": 1.2}, 1)
        wait_until_sent(project)
        server.kill()
        Image.new("RGB", (3, 2), "red").save(picture)
        for step, loss in ((2, 0.9), (3, 0.7), (4, float("nan"))):
            second.log_metrics({"validation/loss": loss}, step)
        second.log_dataset("ewt", "ab" * 32, {"sentences": 3}, "https://example.org", "training")
        second.set_tags({"headway.device": "cpu"})
        second.log_file(picture, "kept")
        picture.unlink()
        weights.parent.mkdir(parents=True)
        weights.write_bytes(b"weights")
        claim_weights(second, Artifacts(project), params)
    journal = project / f".headway/unsent/{second.run_id}.jsonl"
    assert len(journal.read_text().splitlines()) == 9
    warning, ending = capsys.readouterr().err.splitlines()
    assert "8 records of this run could not be sent" in ending
    assert str(journal) in ending
    assert "headway send" in ending

    # Evaluated while the server is away still, twice, and once more when it is back: the same run.
    for _ in range(2):
        with run_of_model(Artifacts(project), params, {}) as (run, is_whole):
            run.log_metrics({"test/accuracy": 0.9}, 0)
            assert (run.run_id, is_whole) == (second.run_id, True)
    (unsent,) = send_unsent(project)
    assert (unsent.sent, unsent.left) == (0, 9)
    assert "does not answer" in unsent.reason
    server.start()
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # the journal knows where its run lives
    (sent,) = send_unsent(project)
    assert (sent.run_id, sent.sent, sent.left, sent.reason) == (second.run_id, 9, 0, "")
    assert send_unsent(project) == []
    assert not any((project / ".headway/unsent").iterdir())

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.address)
    client = open_store(project).client
    with run_of_model(Artifacts(project), params, {}) as (run, _):
        run.log_metrics({"test/accuracy": 0.9}, 0)
        assert run.run_id == second.run_id
    assert len(client.get_metric_history(second.run_id, "test/accuracy")) == 1
    for run_id, losses in (
        (first.run_id, [1.2, 0.9, 0.7]),
        (second.run_id, [1.2, 0.9, 0.7, float("nan")]),
    ):
        history = client.get_metric_history(run_id, "validation/loss")
        assert [point.step for point in history] == list(range(1, len(losses) + 1))
        assert [point.value for point in history] == pytest.approx(losses, nan_ok=True)
        assert client.get_run(run_id).info.status == "FINISHED"
        assert [item.path for item in client.list_artifacts(run_id, "kept")] == ["kept/heads.png"]
    assert client.list_artifacts(first.run_id, "pictures")[0].path == "pictures/heads.png"
    kept = client.get_run(second.run_id)
    assert kept.data.tags["headway.device"] == "cpu"
    assert kept.inputs.dataset_inputs[0].dataset.name == "ewt"


def test_a_slow_server_gives_no_run_s_evaluation_or_rest_to_another_run(
    server: Server,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.address)
    monkeypatch.setattr("pipeline.tracking.sending.WAIT_SECONDS", 0.0)
    weights = project / "data/model/weights.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"others")
    store = open_store(project)
    run_id = store.client.create_run(store.experiment_id, run_name="trained").info.run_id
    store.client.set_tag(run_id, PROJECT_TAG, project_id(project))
    store.client.set_tag(run_id, TOKEN_TAG, "token")
    store.client.set_terminated(run_id)
    left = Journal(project / ".headway/unsent", run_id, server.address)
    left.append(Params({"seed": "22"}))
    left.append(Metrics({"validation/loss": 1.2}, 1, 7))
    left.append(Tags({WEIGHTS_TAG: hash_file(weights)}))
    left.append(Ending("KILLED", 8))
    here = TrainedHere(hash_file(weights), project_id(project), server.address,
                       store.experiment_id, run_id, "trained", {"seed": "22"})  # fmt: skip
    keep_training(project, here)

    with track(project, "trained", {"seed": 22}, {}, token="token") as again:
        again.log_metrics({"validation/loss": 1.2}, 1)
        again.log_metrics({"validation/loss": 0.9}, 2)
        assert again.run_id == run_id
    assert "is slow: 4 records" in capsys.readouterr().err
    left.append(Metrics({"validation/loss": 0.8}, 3, 9))
    store.client.set_tag(run_id, WEIGHTS_TAG, "not told yet")
    left.append(Tags({WEIGHTS_TAG: hash_file(weights)}))
    with run_of_model(Artifacts(project), {"seed": 22}, {}) as (run, is_whole):
        run.log_metrics({"test/accuracy": 0.9}, 0)
        assert (run.run_id, is_whole) == (run_id, True)
    assert not left.path.exists()
    history = store.client.get_metric_history(run_id, "validation/loss")
    points = sorted((point.step, point.value) for point in history)
    assert points == [(1, 1.2), (2, 0.9), (3, 0.8)]
    kept = store.client.get_run(run_id)
    assert (kept.info.status, kept.data.params) == ("FINISHED", {"seed": "22"})
    assert kept.data.tags[WEIGHTS_TAG] == here.weights_sha256


def test_a_journal_cut_off_by_a_crash_is_sent_and_its_run_marked_killed(project: Path) -> None:
    store = open_store(project)
    run_id = store.client.create_run(store.experiment_id).info.run_id
    journal = project / f".headway/unsent/{run_id}.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text(
        f"{store.uri}\n"
        '{"kind": "metrics", "values": {"validation/loss": 0.5}, "step": 1, "timestamp": 7}\n'
        '{"kind": "metrics", "values": {"valid'
    )
    (sent,) = send_unsent(project)
    assert (sent.left, sent.reason) == (0, "")
    kept = store.client.get_run(run_id)
    assert kept.data.metrics == {"validation/loss": 0.5}
    assert kept.info.status == "KILLED"
    assert not any(journal.parent.iterdir())


def test_a_damaged_journal_is_named_with_its_line_and_left_alone(project: Path) -> None:
    journal = project / f".headway/unsent/{'0' * 32}.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text("sqlite:////nowhere.db\nrubbish\n")
    with pytest.raises(ValueError, match=r"jsonl, line 2: not a message"):
        send_unsent(project)
    assert journal.read_text() == "sqlite:////nowhere.db\nrubbish\n"
