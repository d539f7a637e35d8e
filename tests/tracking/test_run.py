import json
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.tracking.liveness import close_abandoned
from pipeline.tracking.messages import Picture
from pipeline.tracking.resuming import opened
from pipeline.tracking.run import PARAM_LENGTH, TrackedRun, as_param, continue_run, track
from pipeline.tracking.store import open_store

REPOSITORY = Path(__file__).parents[2]
ENDLESS = """
import sys, threading
from pathlib import Path
from pipeline.tracking.run import track

with track(Path(sys.argv[1]), "endless", {}, {}) as run:
    run.log_metrics({"validation/loss": 0.5}, 1)
    print(run.run_id, flush=True)
    threading.Event().wait()
"""


def stored(project: Path, run_id: str) -> Any:
    return open_store(project).client.get_run(run_id)


def start_endless(project: Path) -> tuple["subprocess.Popen[str]", str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_a_run_that_ends_well_holds_everything_that_was_logged(
    shared_project: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "heads.png"
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    Image.fromarray(pixels).save(picture)
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.bin").write_bytes(b"\0\1\2")
    params = {"seed": 20, "train.learning_rate": 0.01, "evaluate.edges": (5, 10), "none": None}
    with track(shared_project, "well", params, {"kind": "test"}) as run:
        run.log_metrics({"train/loss": 1.25, "train/accuracy": np.float32(0.5)}, 1)
        run.log_metrics({"train/loss": 0.5}, 2)
        run.set_tags({"headway.device": "cpu"})
        run.log_file(picture, "evidence")
        run.log_file(model, "made")
        run.log_picture(picture, "heads/layer 0", 3)
    kept = stored(shared_project, run.run_id)
    assert (kept.info.status, kept.info.run_name) == ("FINISHED", "well")
    assert kept.data.params == {
        "seed": "20",
        "train.learning_rate": "0.01",
        "evaluate.edges": "[5, 10]",
        "none": "None",
    }
    assert kept.data.metrics == {"train/loss": 0.5, "train/accuracy": 0.5}
    assert kept.data.tags["kind"] == "test"
    assert kept.data.tags["headway.device"] == "cpu"
    files = shared_project / "mlartifacts" / run.run_id / "artifacts"
    assert (files / "evidence/heads.png").read_bytes() == picture.read_bytes()
    assert (files / "pictures/heads.png").read_bytes() == picture.read_bytes()
    assert (files / "made/model/weights.bin").read_bytes() == b"\0\1\2"
    (by_step,) = (files / "images").glob("heads~layer 0+step+3+*.png")
    assert np.array_equal(np.asarray(Image.open(by_step)), pixels)
    history = run.store.client.get_metric_history(run.run_id, "train/loss")
    assert [(point.step, point.value) for point in history] == [(1, 1.25), (2, 0.5)]


def test_the_data_is_an_input_with_its_own_hash(shared_project: Path) -> None:
    sha256 = "0123456789abcdef" * 4
    with track(shared_project, "data", {}, {}) as run:
        run.log_dataset(
            "ewt", sha256, {"sentences": 12543}, "https://example.org/treebank", "training"
        )
    (given,) = stored(shared_project, run.run_id).inputs.dataset_inputs
    assert (given.dataset.name, given.dataset.digest) == ("ewt", sha256[:12])
    assert given.dataset.profile == f'{{"sentences": 12543, "sha256": "{sha256}"}}'
    assert "https://example.org/treebank" in given.dataset.source
    assert {tag.key: tag.value for tag in given.tags}["headway.sha256"] == sha256


def test_a_loss_that_is_not_a_number_is_logged_as_such(shared_project: Path) -> None:
    with track(shared_project, "diverged", {}, {}) as run:
        run.log_metrics({"nan": math.nan, "high": math.inf, "low": -math.inf}, 1)
    metrics = stored(shared_project, run.run_id).data.metrics
    assert math.isnan(metrics["nan"])
    assert metrics["high"] == sys.float_info.max
    assert metrics["low"] == -sys.float_info.max


def test_more_than_a_thousand_metrics_and_a_hundred_parameters_are_all_kept(
    shared_project: Path,
) -> None:
    params = {f"p{number}": number for number in range(130)}
    values = {f"group/{number}": number / 7 for number in range(1100)}
    with track(shared_project, "many", params, {}) as run:
        run.log_metrics(values, 0)
    data = stored(shared_project, run.run_id).data
    assert data.params == {name: str(value) for name, value in params.items()}
    assert data.metrics == values


def test_a_run_id_in_the_environment_plays_no_part(
    shared_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "f" * 32)
    with track(shared_project, "own", {}, {}) as run:
        pass
    assert run.run_id != "f" * 32
    assert stored(shared_project, run.run_id).info.status == "FINISHED"


def test_an_error_marks_the_run_failed_and_says_why(shared_project: Path) -> None:
    def fail() -> None:
        run.log_metrics({"validation/loss": 0.5}, 1)
        raise ZeroDivisionError("first\nsecond")

    with pytest.raises(ZeroDivisionError), track(shared_project, "failing", {}, {}) as run:
        fail()
    kept = stored(shared_project, run.run_id)
    assert kept.info.status == "FAILED"
    assert kept.data.tags["headway.error"] == "ZeroDivisionError: first second"
    assert kept.data.metrics == {"validation/loss": 0.5}


def test_ctrl_c_marks_the_run_killed_also_when_a_library_exits_for_it(
    shared_project: Path,
) -> None:
    with pytest.raises(KeyboardInterrupt), track(shared_project, "ctrl-c", {}, {}) as run:
        raise KeyboardInterrupt
    assert stored(shared_project, run.run_id).info.status == "KILLED"

    def exit_on_ctrl_c() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            sys.exit(1)

    with pytest.raises(SystemExit), track(shared_project, "ctrl-c", {}, {}) as run:
        exit_on_ctrl_c()
    assert stored(shared_project, run.run_id).info.status == "KILLED"


def test_sigterm_marks_the_run_killed_and_the_old_handler_is_put_back(
    shared_project: Path,
) -> None:
    def handler(*_: object) -> None: ...

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with pytest.raises(SystemExit) as ended, track(shared_project, "term", {}, {}) as run:
            os.kill(os.getpid(), signal.SIGTERM)
        assert ended.value.code == 143
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert stored(shared_project, run.run_id).info.status == "KILLED"


def test_a_process_ended_by_sigterm_leaves_a_killed_run_and_no_traceback(
    shared_project: Path,
) -> None:
    process, run_id = start_endless(shared_project)
    process.terminate()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (143, "")
    kept = stored(shared_project, run_id)
    assert (kept.info.status, kept.data.metrics) == ("KILLED", {"validation/loss": 0.5})


def test_a_run_whose_process_was_killed_outright_is_marked_by_whoever_looks_next(
    shared_project: Path,
) -> None:
    process, run_id = start_endless(shared_project)
    store = open_store(shared_project)
    assert close_abandoned(store) == []  # it is alive
    process.kill()
    process.communicate()
    assert stored(shared_project, run_id).info.status == "RUNNING"
    assert close_abandoned(store) == [run_id]
    kept = stored(shared_project, run_id)
    assert kept.info.status == "KILLED"
    assert "ended without a word" in kept.data.tags["headway.error"]
    assert close_abandoned(store) == []


def continued(project: Path, run_id: str) -> Any:
    store = open_store(project)
    return continue_run(store, opened(store.client.get_run(run_id)))


def fail(
    error: BaseException, project: Path, run_id: str, says: Callable[[TrackedRun], None]
) -> None:
    with continued(project, run_id) as run:
        says(run)
        raise error


def test_a_continued_run_keeps_its_end_also_where_the_continuation_fails_without_a_word(
    shared_project: Path,
) -> None:
    with track(shared_project, "continued", {}, {}) as run:
        pass
    ended = stored(shared_project, run.run_id).info.end_time
    figures = {"test/accuracy": 0.9}
    with continued(shared_project, run.run_id) as more:
        more.log_metrics(figures, 0)
    for error in (RuntimeError("no"), KeyboardInterrupt()):
        with pytest.raises(type(error)):  # what it says is there already
            fail(error, shared_project, run.run_id, lambda it: it.log_metrics(figures, 0))
    kept = stored(shared_project, run.run_id)
    assert (kept.info.status, kept.info.end_time) == ("FINISHED", ended)
    assert kept.data.metrics == figures
    assert "headway.error" not in kept.data.tags


def test_a_continuation_that_said_something_and_failed_marks_the_run_and_a_later_one_mends_that(
    shared_project: Path,
) -> None:
    with track(shared_project, "continued", {}, {}) as run:
        pass
    for error, status in ((RuntimeError("no"), "FAILED"), (KeyboardInterrupt(), "KILLED")):
        with pytest.raises(type(error)):
            fail(error, shared_project, run.run_id, lambda it: it.set_tags({"said": "more"}))
        kept = stored(shared_project, run.run_id)
        assert (kept.info.status, "headway.error" in kept.data.tags) == (status, True)
        with pytest.raises(RuntimeError):  # without a word, which makes it no better
            fail(RuntimeError("no"), shared_project, run.run_id, lambda _: None)
        assert stored(shared_project, run.run_id).info.status == "FAILED"
        with continued(shared_project, run.run_id):
            pass
        kept = stored(shared_project, run.run_id)
        assert (kept.info.status, "headway.error" in kept.data.tags) == ("FINISHED", False)


def test_a_point_that_is_there_with_the_same_value_is_not_logged_again(
    shared_project: Path,
) -> None:
    values = {"test/accuracy": 0.9, "nan": math.nan, "high": math.inf}
    with track(shared_project, "again", {}, {}) as run:
        run.log_metrics(values, 0)
    for found in (0.9, 0.8):
        with continued(shared_project, run.run_id) as more:
            more.log_metrics(values | {"test/accuracy": found}, 0)
    client = open_store(shared_project).client
    assert [p.value for p in client.get_metric_history(run.run_id, "test/accuracy")] == [0.9, 0.8]
    for name in ("nan", "high"):
        assert len(client.get_metric_history(run.run_id, name)) == 1


def slider(project: Path, run_id: str) -> list[str]:
    """What the charts' slider has of a run."""
    files = project / "mlartifacts" / run_id / "artifacts/images"
    return sorted(path.name for path in files.iterdir())


def test_a_picture_that_is_there_with_the_same_content_is_not_logged_again(
    shared_project: Path, tmp_path: Path
) -> None:
    teal, red = tmp_path / "teal.png", tmp_path / "red.png"
    for path in (teal, red):
        Image.new("RGB", (3, 2), path.stem).save(path)
    with track(shared_project, "pictures", {}, {}) as run:
        run.log_picture(teal, "heads/a", 1)
    first = slider(shared_project, run.run_id)
    with continued(shared_project, run.run_id) as more:
        more.log_picture(teal, "heads/a", 1)
    assert slider(shared_project, run.run_id) == first
    assert len(first) == 2  # whole, and small
    with continued(shared_project, run.run_id) as more:
        for _ in range(2):  # of another content, at another step, under another key
            more.log_picture(red, "heads/a", 1)
            more.log_picture(teal, "heads/a", 11)
            more.log_picture(teal, "heads/b", 1)
    assert len(slider(shared_project, run.run_id)) == 8


def test_a_picture_sent_once_more_after_a_kill_half_way_is_there_once(
    shared_project: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "heads.png"
    Image.new("RGB", (3, 2), "teal").save(picture)
    with track(shared_project, "half", {}, {}) as run:
        run.log_picture(picture, "heads", 1)
    first = slider(shared_project, run.run_id)
    (whole,) = (shared_project / "mlartifacts" / run.run_id).rglob("heads+*.png")
    time = int(whole.name.split("+timestamp+")[1].split("+")[0])
    whole.unlink()  # the process was killed before the last of its files
    Picture(str(picture), "heads", 1, time).send(run.store.client, run.run_id)
    assert slider(shared_project, run.run_id) == first


def test_a_picture_is_kept_as_mlflow_itself_keeps_one(shared_project: Path, tmp_path: Path) -> None:
    picture = tmp_path / "heads.png"
    pixels = np.arange(3 * 400 * 300, dtype=np.uint32).astype(np.uint8).reshape(300, 400, 3)
    Image.fromarray(pixels).save(picture)
    kept = {}
    with track(shared_project, "ours", {}, {}) as ours, track(shared_project, "its", {}, {}) as its:
        ours.log_picture(picture, "heads/layer 0", 3)
        its.store.client.log_image(its.run_id, Image.open(picture), key="heads/layer 0", step=3)
    for run in (ours, its):
        folder = shared_project / "mlartifacts" / run.run_id / "artifacts/images"
        by_chance = r"timestamp\+\d+\+[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
        kept[run.name] = {
            re.sub(by_chance, "", path.name): path.read_bytes() for path in folder.iterdir()
        }
        assert stored(shared_project, run.run_id).data.tags["mlflow.loggedImages"] == "True"
    assert kept["ours"] == kept["its"]
    assert len(kept["ours"]) == 2


def test_a_file_that_is_not_there_is_refused_at_once(shared_project: Path) -> None:
    with track(shared_project, "files", {}, {}) as run:
        with pytest.raises(FileNotFoundError, match=r"nothing\.png is missing"):
            run.log_file(Path("nothing.png"), "")
        with pytest.raises(FileNotFoundError, match=r"nothing\.png is missing"):
            run.log_picture(Path("nothing.png"), "heads", 0)


def test_what_the_store_refuses_stops_no_run_and_is_kept_while_the_rest_is_sent(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = project / "heads.png"
    Image.new("RGB", (3, 2), "teal").save(picture)
    with track(project, "refused", {"lr": 1}, {}) as run:
        run.log_params({"lr": 2})
        run.log_picture(project / "params.yaml", "no picture", 0)
        run.log_picture(picture, "key with a ?", 0)
        run.log_metrics({"validation/loss": 0.5}, 1)
    kept = stored(project, run.run_id)
    assert (kept.info.status, kept.data.metrics) == ("FINISHED", {"validation/loss": 0.5})
    journal = project / f".headway/unsent/{run.run_id}.jsonl"
    lines = journal.read_text().splitlines()[1:]
    assert [json.loads(line)["kind"] for line in lines] == ["params", "picture", "picture"]
    assert json.loads(lines[0])["values"] == {"lr": "2"}
    warning, ending = capsys.readouterr().err.splitlines()
    assert "does not take this run's records" in warning
    assert str(journal) in ending


def test_a_parameter_too_long_for_mlflow_ends_with_its_hash_so_that_it_stays_comparable() -> None:
    first, second = as_param("x" * 7000 + "a"), as_param("x" * 7000 + "b")
    assert len(first) == PARAM_LENGTH
    assert first != second
    assert "7,001 characters" in first
