"""Which run an evaluation goes to, with several of them in one process and one store."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.artifacts import Artifacts
from pipeline.files import hash_file
from pipeline.recording.model_run import claim_weights, run_of_model
from pipeline.recording.trained_here import TrainedHere, keep_training
from pipeline.recording.weights import WEIGHTS_TAG, find_by_weights
from pipeline.tracking.journal import Journal, unsent_folder
from pipeline.tracking.messages import Ending, Metrics, Params, Tags
from pipeline.tracking.ownership import is_own, project_id
from pipeline.tracking.run import TrackedRun, track
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import open_store

AWAY = "http://127.0.0.1:9"

PARAMS = {
    "tokenize.unit": "word",
    "seed": 20,
    "objective.kind": "tagging",
    "encoder.n_layers": 1,
    "encoder.n_heads": 4,
    "encoder.d_model": 64,
    "encoder.positions": "rotary",
    "encoder.attention": "learned",
    "evaluate.bootstrap_samples": 1000,
}
OTHER = PARAMS | {"evaluate.bootstrap_samples": 30}


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store that several projects write to."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/shared.db")
    return tmp_path


def give_weights(root: Path) -> Artifacts:
    artifacts = Artifacts(root)
    artifacts.model.mkdir(parents=True, exist_ok=True)
    (artifacts.model / "weights.safetensors").write_bytes(b"the same for everybody")
    return artifacts


def train(root: Path, params: dict[str, Any] = PARAMS) -> str:
    artifacts = give_weights(root)
    with track(root, "trained", params, {}) as run:
        claim_weights(run, artifacts, params)
    return run.run_id


@contextmanager
def evaluation(root: Path, params: dict[str, Any] = PARAMS) -> Iterator[TrackedRun]:
    with run_of_model(Artifacts(root), params, {}) as (run, _):
        run.log_metrics({"test/accuracy": 0.9}, 0)
        yield run


def evaluate(root: Path, params: dict[str, Any] = PARAMS) -> str:
    with evaluation(root, params) as run:
        return run.run_id


def fail(error: BaseException, root: Path, said: dict[str, str]) -> None:
    """An evaluation that ends early, once it has said this."""
    with evaluation(root) as run:
        if said:
            run.set_tags(said)
        raise error


def parent_of(root: Path, run_id: str) -> str | None:
    tags: dict[str, str] = open_store(root).client.get_run(run_id).data.tags
    return tags.get("mlflow.parentRunId")


def test_projects_that_train_the_same_weights_into_one_store_keep_their_own_runs(
    shared: Path,
) -> None:
    first, second = shared / "first", shared / "second"
    runs = {project: train(project) for project in (first, second)}
    for project in (first, second, first):
        assert evaluate(project) == runs[project]
        made = find_by_weights(open_store(project), project / "data/model/weights.safetensors")
        assert made is not None
        assert made.info.run_id == runs[project]
    assert len(newest_runs(open_store(first), 9)) == 2


def test_a_project_whose_weights_are_known_from_another_makes_a_run_of_its_own(
    shared: Path,
) -> None:
    trained = train(shared / "first")
    artifacts = give_weights(shared / "second")
    with run_of_model(artifacts, PARAMS, {}) as (run, is_whole):
        claim_weights(run, artifacts, PARAMS)
    assert (run.run_id != trained, is_whole) == (True, False)
    assert parent_of(shared / "second", run.run_id) is None
    assert evaluate(shared / "second") == run.run_id


def test_a_copied_project_is_another_and_a_moved_one_is_the_same(shared: Path) -> None:
    original, copy, moved = shared / "original", shared / "copy", shared / "moved"
    trained = train(original)
    shutil.copytree(original, copy)
    assert project_id(copy) != project_id(original)
    assert evaluate(copy) != trained
    original.rename(moved)
    assert evaluate(moved) == trained
    assert project_id(copy) != project_id(moved)


def test_a_copy_with_a_store_of_its_own_knows_the_runs_that_were_copied(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    trained = train(original)
    shutil.copytree(original / ".headway", copy / ".headway")
    give_weights(copy)
    shutil.copy(original / "mlflow.db", copy)
    store = open_store(original)
    (run,) = newest_runs(store, 9)
    assert run.info.run_id == trained
    assert is_own(replace(store, uri=f"sqlite:///{copy}/mlflow.db", project=copy), run)
    assert not is_own(replace(store, project=copy), run)


def test_two_experiments_of_one_project_do_not_write_each_others_figures(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(project))
    copies = {project / ".dvc/tmp/exps/one": PARAMS, project / ".dvc/tmp/exps/two": OTHER}
    trained = {copy: train(copy, params) for copy, params in copies.items()}
    assert {copy: evaluate(copy, params) for copy, params in copies.items()} == trained
    # Where the training came from the cache, the runs are found by their parameters.
    third = project / ".dvc/tmp/exps/three"
    give_weights(third)
    assert [evaluate(third, params) for params in (PARAMS, OTHER)] == list(trained.values())


def test_another_evaluation_is_a_child_also_before_the_parent_was_evaluated(
    project: Path,
) -> None:
    trained = train(project)
    child = evaluate(project, OTHER)
    assert parent_of(project, child) == trained
    assert evaluate(project, OTHER) == child
    assert evaluate(project) == trained
    store = open_store(project)
    assert store.client.get_run(child).data.params["evaluate.bootstrap_samples"] == "30"


def test_of_two_evaluations_at_the_same_time_one_has_the_run_and_the_other_a_child(
    project: Path,
) -> None:
    trained = train(project)
    with evaluation(project) as first, evaluation(project) as second:
        assert first.run_id == trained
        assert parent_of(project, second.run_id) == trained
    assert len(newest_runs(open_store(project), 9)) == 2


def test_an_evaluation_that_failed_after_it_said_something_is_mended_by_the_next(
    project: Path,
) -> None:
    trained = train(project)
    client = open_store(project).client
    for error, status in ((ValueError("no"), "FAILED"), (KeyboardInterrupt(), "KILLED")):
        with pytest.raises(type(error)):
            fail(error, project, {"said": status})
        assert client.get_run(trained).info.status == status
        assert evaluate(project) == trained
        with pytest.raises(type(error)):  # without a word that the run has not: nothing is lost
            fail(error, project, {})
        assert client.get_run(trained).info.status == "FINISHED"
        assert "headway.error" not in client.get_run(trained).data.tags
    assert len(client.get_metric_history(trained, "test/accuracy")) == 1


def test_another_store_gets_a_run_of_its_own(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other.db")
    with run_of_model(Artifacts(project), PARAMS, {}) as (_, is_whole):
        assert not is_whole


def test_what_waits_to_be_sent_is_sent_before_the_run_is_looked_for(project: Path) -> None:
    artifacts = give_weights(project)
    store = open_store(project)
    run_id = store.client.create_run(store.experiment_id).info.run_id
    journal = Journal(unsent_folder(project), run_id, store.uri)
    sha256 = hash_file(artifacts.model / "weights.safetensors")
    for message in (
        Params({name: str(value) for name, value in PARAMS.items()}),
        Metrics({"test/accuracy": 0.9}, 0, 7),
        Tags({WEIGHTS_TAG: sha256}),
        Ending("FINISHED", 8),
    ):
        journal.append(message)
    project = project.rename(project.with_name("moved"))  # the journal has the old address
    assert evaluate(project) == run_id
    assert not any((project / ".headway/unsent").iterdir())
    moved = open_store(project).client
    assert len(moved.get_metric_history(run_id, "test/accuracy")) == 1


def test_evidence_is_kept_with_its_training_while_the_server_is_away(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", AWAY)
    artifacts = give_weights(project)
    told = {name: str(value) for name, value in PARAMS.items()}
    sha256 = hash_file(artifacts.model / "weights.safetensors")
    here = TrainedHere(sha256, project_id(project), AWAY, "1", "ab" * 16, "trained", told)
    keep_training(project, here)
    for _ in range(2):
        assert evaluate(project) == here.run_id
    said = Journal(unsent_folder(project), here.run_id, AWAY).read()
    assert [type(message).__name__ for message in said] == ["Metrics", "Ending"]
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt(), project, {})
    journal = Journal(unsent_folder(project), here.run_id, AWAY)
    assert journal.read() == said
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt(), project, {"said": "more"})
    assert evaluate(project) == here.run_id
    endings = [message.status for message in journal.read() if isinstance(message, Ending)]
    assert endings == ["FINISHED", "KILLED", "FINISHED"]
    with pytest.raises(ConnectionError, match="does not answer"):
        evaluate(project, OTHER)
    (artifacts.model / "weights.safetensors").write_bytes(b"from elsewhere")
    with pytest.raises(ConnectionError, match="does not answer"):
        evaluate(project)
