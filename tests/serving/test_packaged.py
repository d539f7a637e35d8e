"""The model as MLflow keeps it: loaded, and behind MLflow's own scoring server."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from empty_projects import in_folder
from preloaded import given_environment
from served_models import project_with_model
from starlette.testclient import TestClient
from workspace import ROOT

from pipeline.artifacts import Artifacts
from pipeline.serving.package import packaged_model

TEXTS = ["the cat sat", "", "on the mat", "cat " * 13]


@pytest.fixture(scope="module", params=["tagging", "classification", "spans"])
def served(request, tmp_path_factory):
    """A project, and its model as MLflow loads it."""
    labels = {"labels": ("O", "B-X", "I-X")} if request.param == "spans" else {}
    place = tmp_path_factory.mktemp("packaged") / "project"
    root = project_with_model(place, request.param, **labels)
    with packaged_model(Artifacts(root).model, ROOT / "requirements.lock") as package:
        yield root, mlflow.pyfunc.load_model(str(package))


def predicted(root: Path) -> list[dict]:
    (root / "a.txt").write_text("\n".join(TEXTS))
    printed = in_folder(root, "predict", "a.txt").stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_mlflow_s_model_gives_what_the_command_gives_row_by_row(served):
    root, model = served
    found = model.predict(pd.DataFrame({"text": TEXTS}))
    expected = predicted(root)
    assert list(found["error"].notna()) == [False, True, False, True]
    for row, own in zip(expected, found.to_dict("records"), strict=True):
        assert own == {name: row.get(name) for name in own}


def test_behind_mlflow_s_server_one_bad_text_fails_no_other(served):
    root, model = served
    from mlflow.pyfunc import scoring_server  # warns where pytest has an error made of it

    app = scoring_server.init(model)
    with TestClient(app) as client:
        given = {"dataframe_split": {"columns": ["text"], "data": [[text] for text in TEXTS]}}
        answer = client.post("/invocations", json=given)
    assert answer.status_code == 200, answer.text
    found = answer.json()["predictions"]
    for row, own in zip(predicted(root), found, strict=True):
        assert own == {name: row.get(name) for name in own}
        assert ("error" in row) == bool(own["error"])


@pytest.mark.long
def test_mlflow_models_serve_answers_over_http_as_the_command_answers(tmp_path):
    root = project_with_model(tmp_path / "project", "tagging")
    with packaged_model(Artifacts(root).model, ROOT / "requirements.lock") as package:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        beside = Path(sys.executable).parent
        server = subprocess.Popen(
            [beside / "mlflow", "models", "serve", "--env-manager", "local", "-m", package,
             "--host", "127.0.0.1", "--port", port, "--workers", "1"],
            env=given_environment() | {"PATH": f"{beside}:{os.environ['PATH']}"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        with server:
            assert server.stdout is not None
            try:
                said = iter(server.stdout.readline, "")
                assert any("Uvicorn running on" in line for line in said), "it ended early"
                given = {"dataframe_split": {"columns": ["text"], "data": [[it] for it in TEXTS]}}
                asked = urllib.request.Request(
                    f"http://127.0.0.1:{port}/invocations", json.dumps(given).encode(),
                    {"Content-Type": "application/json"},
                )  # fmt: skip
                with urllib.request.urlopen(asked) as answer:
                    found = json.load(answer)["predictions"]
            finally:
                os.killpg(server.pid, signal.SIGKILL)
    for row, own in zip(predicted(root), found, strict=True):
        assert own["probability"] == pytest.approx(row.get("probability"), abs=1e-6)
        assert own["prediction"] == row.get("prediction")
        assert own["error"] == row.get("error")


def test_pairs_are_two_columns_and_answered_as_the_command_answers_them(served):
    from mlflow.pyfunc import scoring_server

    root, model = served
    pairs = [("the cat", "on the mat"), ("the cat", ""), ("on", "sat")]
    (root / "pairs.jsonl").write_text("\n".join(json.dumps({"text": a, "b": b}) for a, b in pairs))
    printed = in_folder(root, "predict", "pairs.jsonl", "--second", "b").stdout
    expected = [json.loads(line) for line in printed.splitlines()]
    given = {"dataframe_records": [{"text": one, "second": other} for one, other in pairs]}
    given["dataframe_records"].append({"text": "the cat", "second": None})
    with TestClient(scoring_server.init(model)) as client:
        *found, single = client.post("/invocations", json=given).json()["predictions"]
    for row, own in zip(expected, found, strict=True):
        reason = row.get("error") and row["error"].replace("`b`", "`second`")
        assert own == {name: row.get(name) for name in own} | {"error": reason}
    assert single == model.predict(pd.DataFrame({"text": ["the cat"]})).to_dict("records")[0]


@pytest.mark.parametrize(
    "asked",
    [
        {"instances": [{"text": "the cat"}, {"text": ""}]},
        {"inputs": {"text": ["the cat", ""]}},
        {"instances": [{"text": "the cat"}]},
    ],
)
def test_each_row_has_an_answer_or_its_reason_in_whatever_form_mlflow_takes_them(served, asked):
    from mlflow.pyfunc import scoring_server

    _, model = served
    with TestClient(scoring_server.init(model)) as client:
        answer = client.post("/invocations", json=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()["predictions"]
    (expected,) = model.predict(pd.DataFrame({"text": ["the cat"]})).to_dict("records")
    assert found[0] == expected
    assert [bool(row["error"]) for row in found] == [False, True][: len(found)]
    assert len(found) == len(asked.get("instances", "ab"))


def test_rows_without_a_column_that_is_known_are_refused_and_not_lost(served):
    from mlflow.pyfunc import scoring_server

    with TestClient(scoring_server.init(served[1])) as client:
        answer = client.post("/invocations", json={"dataframe_records": [{"body": "the cat"}]})
    assert answer.status_code == 400
    told = answer.json()["message"]
    assert "expected rows with a column `text` or `words`, found none" in told


def test_words_are_taken_as_they_are_given(served):
    _, model = served
    given = pd.DataFrame({"words": [["the", "cat sat"], ["on"]]})
    found = model.predict(given)
    assert found["error"].isna().all()
    if "words" in found:
        assert list(found["words"]) == [["the", "cat sat"], ["on"]]
