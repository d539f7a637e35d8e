import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from empty_projects import in_folder

from pipeline.tracking.run import track
from pipeline.tracking.store import open_store

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text("seed: 20\n")
    return tmp_path


def test_asking_for_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from pipeline.cli import main; main(['--help'], standalone_mode=False); "
        "heavy = {'mlflow', 'torch', 'numpy', 'rich', 'pydantic', 'datasets', 'pandas'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""
    assert all(command in done.stdout for command in ("runs", "results", "send", "ui"))


@pytest.mark.parametrize("command", ["runs", "results", "send", "ui"])
def test_outside_a_project_every_command_says_where_to_go(tmp_path: Path, command: str) -> None:
    done = in_folder(tmp_path, command)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: no Headway project at or above")


def test_a_port_in_use_is_told_before_anything_is_started(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = in_folder(project, "ui", "--port", str(port))
    assert done.exit_code == 1
    assert re.match(rf"error: port {port} of 127\.0\.0\.1 .*--port", done.stderr)
    assert not (project / "mlflow.db").exists()


def test_a_server_that_cannot_be_reached_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        done = in_folder(project, "runs")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"error: the tracking server {address} does not answer")


def test_send_with_nothing_kept_says_so(project: Path) -> None:
    assert in_folder(project, "send").output == "nothing waits to be sent\n"


def test_what_is_kept_is_sent_and_told(project: Path) -> None:
    store = open_store(project)
    run_id = store.client.create_run(store.experiment_id).info.run_id
    journal = project / f".headway/unsent/{run_id}.jsonl"
    journal.parent.mkdir(parents=True)
    metrics = '{"kind": "metrics", "values": {"a": 1.0}, "step": 1, "timestamp": 7}\n'
    ending = '{"kind": "ending", "status": "FINISHED", "timestamp": 9}\n'
    journal.write_text(f"{store.uri}\n{metrics}{ending}")
    assert in_folder(project, "send").output == f"{run_id[:8]}: 2 records sent\n"
    journal.write_text(f"{store.uri}\n" + metrics.replace('"a"', '"a?"'))
    done = in_folder(project, "send")
    assert done.exit_code == 1
    assert re.match(rf"{run_id[:8]}: 0 records sent, 1 still kept \(.*a\?", done.output)


@pytest.mark.long
def test_the_ui_serves_the_store_on_loopback_until_ctrl_c(project: Path) -> None:
    with track(project, "shown", {}, {}) as run:
        pass
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-c", "from pipeline.cli import main; main()", "ui", "--port", port],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(5)]
    base = f"http://127.0.0.1:{port}"
    assert all(f"{base}/#/experiments/1/runs?" in line for line in said[1:3])
    assert said[3].startswith(f"shown (not evaluated): {base}/#/experiments/1/runs/{run.run_id}?")
    found = f"{base}/api/2.0/mlflow/runs/get?run_id={run.run_id}"
    with urllib.request.urlopen(found) as answer:
        assert json.load(answer)["run"]["info"]["run_name"] == "shown"
    process.send_signal(signal.SIGINT)
    assert process.communicate() == ("", "")
    assert process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(found)
