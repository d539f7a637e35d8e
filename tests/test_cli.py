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
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.model.history import EpochRow, write_history
from pipeline.terminal.runs import LEAST_NEEDED, RUN_COLUMNS
from pipeline.terminal.table import fitting
from pipeline.tracking.run import track
from pipeline.tracking.store import open_store

REPOSITORY = Path(__file__).parents[1]


def in_folder(folder: Path, *arguments: str) -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)
    finally:
        os.chdir(before)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text("seed: 20\n")
    return tmp_path


def write_results(project: Path) -> None:
    split = {"accuracy": 0.9412, "accuracy_low": 0.9371, "accuracy_high": 0.9449}
    figures = {
        "validation": split | {"macro_f1": 0.861, "loss": 0.2104, "words": 25148},
        "test": {"accuracy": 0.943, "macro_f1": 0.859, "loss": 0.2},
        "baselines": {
            "majority": {"validation": 0.17, "test": 0.168},
            "most_frequent_tag": {"validation": 0.849, "test": 0.851},
        },
    }
    (project / "data/evidence").mkdir(parents=True)
    (project / "data/evidence/metrics.json").write_text(json.dumps(figures))
    (project / "data/model").mkdir()
    rows = [EpochRow(epoch, 1 / epoch, 0.5, 1 / epoch, 0.5, 0.1) for epoch in (1, 2)]
    write_history(rows, project / "data/model")
    shape = {"objective": {"kind": "tagging", "target": "upos"}}
    (project / "data/model/model.json").write_text(json.dumps(shape))
    (project / ".headway").mkdir()
    (project / ".headway/seconds.json").write_text('{"corpus": 3.21, "train": 14.25}')


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


def test_without_runs_one_line_says_what_makes_the_first_and_no_store_is_made(
    project: Path,
) -> None:
    done = in_folder(project, "runs")
    assert (done.exit_code, done.output) == (
        0,
        "there are no runs yet: `dvc repro` makes the first\n",
    )
    assert not (project / "mlflow.db").exists()


def test_runs_are_listed_newest_first_in_aligned_columns(project: Path) -> None:
    for name, accuracy in (("first", None), ("second-of-a-longer-name", 0.93)):
        with track(project, name, {}, {}) as run:
            for epoch in (1, 2):
                run.log_metrics(
                    {"epoch/validation_loss": 0.25, "epoch/validation_accuracy": 0.9}, epoch
                )
            if accuracy:
                run.log_metrics({"test/accuracy": accuracy}, 0)
                run.log_metrics(
                    {"interval/test_accuracy_low": 0.92, "interval/test_accuracy_high": 0.94}, 0
                )
    done = in_folder(project, "runs")
    header, second, first = done.output.splitlines()
    assert second.startswith("second-of-a-longer-name  ")
    assert first.startswith("first ")
    assert "0.930 [0.920, 0.940]" in second
    assert second.index("finished") == first.index("finished") == header.index("status")
    assert first[header.index("test accuracy")] == "-"
    for title, value in (("validation accuracy", "0.900"), ("epochs", "2")):
        end = header.index(title) + len(title)
        assert first[:end].endswith(f" {value}")
    (only,) = in_folder(project, "runs", "--limit", "1").output.splitlines()[1:]
    assert only == second


def test_results_show_scores_baselines_epochs_times_and_the_line_that_opens_the_run(
    project: Path,
) -> None:
    write_results(project)
    done = in_folder(project, "results")
    assert done.output.splitlines() == [
        "                                  validation            test",
        "accuracy                          0.941 [0.937, 0.945]  0.943",
        "  most frequent tag of each word  0.849                 0.851",
        "  majority tag                    0.170                 0.168",
        "macro-F1                          0.861                 0.859",
        "loss (nats)                       0.210                 0.200",
        "",
        "epochs  corpus  tokenize  embed   train  evaluate",
        "     2   3.2 s         -      -  14.2 s         -",
        "",
        "open the run: headway ui",
    ]


def test_results_say_that_the_held_out_sentences_were_seen_in_training(project: Path) -> None:
    write_results(project)
    held = {split: {"sentences": 40, "also_in_train": 40} for split in ("validation", "test")}
    (project / "data/corpus").mkdir()
    (project / "data/corpus/card.json").write_text(json.dumps({"splits": held}))
    lines = in_folder(project, "results").output.splitlines()
    said = "also_in_train: validation 40/40, test 40/40 sentences: "
    (line,) = [line for line in lines if line.startswith(said)]
    assert lines[lines.index(line) - 1] == lines[lines.index(line) + 1] == ""


def test_a_terminal_that_lacks_a_letter_gets_a_question_mark_and_all_the_rest(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with track(project, "modèle-✓", {}, {}):
        pass
    monkeypatch.chdir(project)
    done = CliRunner(charset="ascii").invoke(main, ["runs"], catch_exceptions=False)
    header, row = done.output.splitlines()
    assert row.startswith("mod?le-? ")
    assert row.index("finished") == header.index("status")


def test_results_before_any_run_name_the_command_that_makes_them(project: Path) -> None:
    done = in_folder(project, "results")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.fullmatch(r"error: .* is missing: run `dvc repro evaluate`\n", done.stderr)


def test_damaged_results_are_an_error_in_one_line(project: Path) -> None:
    write_results(project)
    (project / "data/evidence/metrics.json").write_text('{"validation": ')
    done = in_folder(project, "results")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "metrics.json is not valid JSON" in done.stderr


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
    said = [process.stdout.readline() for _ in range(4)]
    base = f"http://127.0.0.1:{port}"
    assert f"{base}/#/experiments/1/runs?" in said[1]
    assert said[2].startswith(f"shown: {base}/#/experiments/1/runs/{run.run_id}?")
    found = f"{base}/api/2.0/mlflow/runs/get?run_id={run.run_id}"
    with urllib.request.urlopen(found) as answer:
        assert json.load(answer)["run"]["info"]["run_name"] == "shown"
    process.send_signal(signal.SIGINT)
    assert process.communicate() == ("", "")
    assert process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(found)


def test_a_narrow_terminal_goes_without_the_least_needed_columns() -> None:
    row = ["x" * 20] * len(RUN_COLUMNS)
    every = list(range(len(RUN_COLUMNS)))
    assert fitting(RUN_COLUMNS, [row], 1000, LEAST_NEEDED) == every
    kept = [RUN_COLUMNS[place] for place in fitting(RUN_COLUMNS, [row], 100, LEAST_NEEDED)]
    assert kept == ["run", "id", "status", "test accuracy"]
