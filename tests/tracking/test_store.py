import http.server
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from preloaded import given_environment, programs

from pipeline.tracking.client import without_password
from pipeline.tracking.run import track
from pipeline.tracking.store import is_empty_store, open_store, sqlite_uri, store_uri

WRITER = """
import sys
from pathlib import Path
from pipeline.tracking.run import track

number = sys.argv[2]
with track(Path(sys.argv[1]), "writer", {"number": number}, {"of": "eight"}) as run:
    for step in range(5):
        run.log_metrics({"validation/loss": step / 2}, step)
    run.log_metrics({"number": float(number)}, 0)
"""


@pytest.mark.long
def test_eight_processes_at_once_on_a_store_that_does_not_exist_yet_all_succeed(
    project: Path,
) -> None:
    writers = [
        subprocess.Popen(
            [programs() / "python", "-c", WRITER, project, str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=given_environment() | {"PYTHONWARNINGS": ""},
        )
        for number in range(8)
    ]
    said = [writer.communicate() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 8, said
    assert said == [("", "")] * 8
    store = open_store(project)
    runs = store.client.search_runs([store.experiment_id])
    assert sorted(run.data.params["number"] for run in runs) == [str(n) for n in range(8)]
    for run in runs:
        assert run.info.status == "FINISHED"
        assert run.data.tags["of"] == "eight"
        assert run.data.metrics["number"] == float(run.data.params["number"])
        history = store.client.get_metric_history(run.info.run_id, "validation/loss")
        assert [(point.step, point.value) for point in history] == [(s, s / 2) for s in range(5)]


def test_the_store_is_at_the_root_unless_the_environment_says_otherwise(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert store_uri(project) == f"sqlite:///{project}/mlflow.db"
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    assert store_uri(project) == f"sqlite:///{tmp_path}/main/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///other.db")
    assert store_uri(project) == f"sqlite:///{tmp_path}/main/other.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://host:5000/")
    assert store_uri(project) == "http://host:5000"


def test_a_run_in_a_temporary_copy_is_kept_in_the_main_repository(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(project))
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "note.txt").write_text("kept")
    with track(copy, "name", {}, {}) as run:
        run.log_file(copy / "note.txt", "")
    assert list(copy.iterdir()) == [copy / "note.txt"]
    (kept,) = (project / "mlartifacts").rglob("note.txt")
    assert kept.read_text() == "kept"
    assert run.run_id in kept.parts


def test_runs_go_to_the_experiment_that_mlflow_s_own_variables_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "a study of mine")
    with track(project, "name", {}, {}) as run:
        pass
    store = open_store(project)
    (mine,) = store.client.search_experiments(filter_string="name = 'a study of mine'")
    assert store.client.get_run(run.run_id).info.experiment_id == mine.experiment_id
    assert not store.client.search_experiments(filter_string="name = 'headway'")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME")
    assert open_store(project).experiment_id != mine.experiment_id
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", mine.experiment_id)
    assert open_store(project).experiment_id == mine.experiment_id
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "4711")
    with pytest.raises(ValueError, match="4711"):
        open_store(project)


def test_a_database_whose_driver_is_missing_is_one_clear_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for driver in ("psycopg", "psycopg2"):
        monkeypatch.setitem(sys.modules, driver, None)  # so the import fails where it is there
    with pytest.raises(ValueError, match="needs the Python module psycopg") as error:
        open_store(project, "postgresql://me:secret@localhost/runs")
    assert "secret" not in str(error.value)


def test_asking_whether_the_store_is_empty_does_not_make_it(project: Path) -> None:
    before = sorted(project.iterdir())
    assert is_empty_store(project)
    assert sorted(project.iterdir()) == before


def test_a_server_that_does_not_answer_is_named_with_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:  # bound but not listening: every connection is refused
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        with pytest.raises(ConnectionError, match=rf"{address} does not answer.*unset it"):
            open_store(project)


class Failing(http.server.BaseHTTPRequestHandler):
    """A server that is there and answers every question with its own failure."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 500)
        self.end_headers()

    def log_message(self, *said: object) -> None:
        pass


def test_a_server_that_fails_is_told_with_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        with pytest.raises(ConnectionError, match=r"500.*the server's own log.*or unset") as told:
            open_store(project)
        server.shutdown()
    assert "\n" not in str(told.value)


def test_a_damaged_database_is_refused_and_left_alone(project: Path) -> None:
    database = project / "mlflow.db"
    database.write_bytes(b"this is no database" * 1000)
    with pytest.raises(ValueError, match=r"mlflow\.db is not a sound SQLite database.*move it"):
        open_store(project)
    assert database.read_bytes() == b"this is no database" * 1000


def test_a_database_that_cannot_be_written_is_an_os_error(project: Path) -> None:
    (project / "mlflow.db").mkdir()
    with pytest.raises(OSError, match=r"mlflow\.db cannot be written.*permissions"):
        open_store(project)


def test_an_address_that_mlflow_does_not_know_is_a_value_error(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "gopher://host")
    with pytest.raises(ValueError, match="gopher://host cannot be used"):
        open_store(project)


def test_a_deleted_experiment_is_told_with_the_command_that_restores_it(project: Path) -> None:
    store = open_store(project)
    store.client.delete_experiment(store.experiment_id)
    with pytest.raises(ValueError, match=f"restore -x {store.experiment_id}"):
        open_store(project)


def test_no_password_is_ever_shown() -> None:
    assert without_password("https://me:secret@host:1/x") == "https://host:1/x"
    assert without_password("sqlite:////a/b.db") == "sqlite:////a/b.db"


def test_a_store_can_be_opened_whatever_experiment_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    usual = open_store(tmp_path).experiment_id
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    assert open_store(tmp_path).experiment_id != usual
    assert open_store(tmp_path, sqlite_uri(tmp_path), is_default=True).experiment_id == usual
