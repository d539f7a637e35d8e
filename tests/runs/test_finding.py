import hashlib
from pathlib import Path

import pytest

from pipeline.artifacts import Artifacts
from pipeline.recording.run_names import model_name, run_name
from pipeline.recording.weights import WEIGHTS_TAG, find_by_weights
from pipeline.runs.addresses import all_runs_address, base_address, run_address
from pipeline.runs.finding import find_run, run_to_open
from pipeline.runs.listing import Measured, list_runs
from pipeline.tracking.ownership import PROJECT_TAG
from pipeline.tracking.run import track
from pipeline.tracking.search import find_by_tag
from pipeline.tracking.store import Store, open_store

PARAMS = {
    "seed": 20,
    "tokenize.unit": "word",
    "objective.kind": "tagging",
    "train.learning_rate": 0.01,
    "encoder.n_layers": 1,
    "encoder.n_heads": 4,
    "encoder.d_model": 64,
    "encoder.positions": "rotary",
    "encoder.attention": "learned",
    "evaluate.length_edges": (5, 10),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three runs, the middle and the last of the same name, made one after another."""
    root = tmp_path_factory.mktemp("finding")
    weights = root / "weights.safetensors"
    weights.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    for number, name in enumerate(["small", "it's wide", "it's wide"]):
        with track(root, name, {}, {"number": str(number), WEIGHTS_TAG: sha256}) as run:
            for epoch in (1, 2, 3):
                run.log_metrics({"loss/validation": 1 / epoch, "accuracy/validation": 0.9}, epoch)
            if number == 2:
                run.log_metrics({"test/accuracy": 0.93}, 0)
                interval = {"test_accuracy_low": 0.92, "test_accuracy_high": 0.94}
                run.log_metrics({f"interval/{key}": value for key, value in interval.items()}, 0)
                run.log_metrics({"validation/accuracy": 0.91, "time/train_seconds": 7.5}, 0)
    return open_store(root)


def test_a_name_is_decided_by_the_parameters_alone() -> None:
    name = run_name(PARAMS)
    assert name.startswith("tagging-1x4x64-rotary-")
    assert name == run_name(dict(reversed(PARAMS.items())))
    assert name != run_name(PARAMS | {"train.learning_rate": 0.02})
    assert "-even-" in run_name(PARAMS | {"encoder.attention": "even"})
    pieces = run_name(PARAMS | {"tokenize.unit": "bpe"})
    assert pieces.startswith("tagging-bpe-1x4x64-rotary-")


def test_a_model_carries_its_run_s_name_without_what_an_address_cannot_hold() -> None:
    assert model_name(run_name(PARAMS)) == run_name(PARAMS)
    assert model_name("a/b:c.d#2") == "a-b-c-d-2"


def test_a_name_that_is_taken_gets_a_number(store: Store) -> None:
    names = [run.info.run_name for run in store.client.search_runs([store.experiment_id])]
    assert names == ["it's wide#2", "it's wide", "small"]


def test_a_run_is_found_by_id_prefix_name_and_latest(store: Store) -> None:
    newest, middle, oldest = store.client.search_runs([store.experiment_id])
    assert find_run(store, "latest").info.run_id == newest.info.run_id
    assert find_run(store, "it's wide").info.run_id == middle.info.run_id
    assert find_run(store, oldest.info.run_id).info.run_id == oldest.info.run_id
    assert find_run(store, oldest.info.run_id[:12]).info.run_id == oldest.info.run_id


def test_a_name_that_is_near_is_proposed_and_else_the_newest(store: Store) -> None:
    with pytest.raises(ValueError, match=r"no run is called 'smal'.*did you mean small \("):
        find_run(store, "smal")
    with pytest.raises(ValueError, match=r"the newest are it's wide#2 \("):
        find_run(store, "!?")


def test_an_id_that_begins_several_runs_is_ambiguous(tmp_path: Path) -> None:
    for _ in range(17):  # sixteen hexadecimal digits: two ids begin with the same one
        with track(tmp_path, "many", {}, {}):
            pass
    store = open_store(tmp_path)
    ids = [run.info.run_id for run in store.client.search_runs([store.experiment_id])]
    (shared,) = [d for d in "0123456789abcdef" if sum(i.startswith(d) for i in ids) > 1][:1]
    with pytest.raises(ValueError, match=f"several runs' ids begin with {shared}: many"):
        find_run(store, shared)


def test_an_empty_store_has_no_latest_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no runs yet"):
        find_run(open_store(tmp_path), "latest")


def test_the_newest_run_with_a_tag_or_with_these_weights_is_found(store: Store) -> None:
    newest = find_run(store, "latest").info.run_id
    found = find_by_tag(store, "number", "0")
    assert found is not None
    assert found.info.run_name == "small"
    assert find_by_tag(store, "number", "7") is None
    found = find_by_weights(store, store.project / "weights.safetensors")
    assert found is not None
    assert found.info.run_id == newest
    assert find_by_weights(store, store.project / "other.safetensors") is None


def test_rows_hold_what_was_measured_and_nothing_else(store: Store) -> None:
    newest, _, oldest = list_runs(store, 10)
    assert newest.test_accuracy == Measured(0.93, 0.92, 0.94, None)
    assert newest.validation_accuracy == Measured(0.91, None, None, None)
    assert (newest.epochs, newest.seconds) == (3, 7.5)
    assert newest.validation_loss == Measured(1 / 3, None, None, None)
    assert oldest.test_accuracy is None
    assert oldest.validation_accuracy == Measured(0.9, None, None, None)
    assert [row.name for row in list_runs(store, 1)] == ["it's wide#2"]


def test_an_experiment_of_dvc_is_listed_with_its_name(tmp_path: Path) -> None:
    for name, tags in (
        ("experiment", {"headway.dvc_experiment": "slow"}),
        ("earlier", {"headway.dvc_experiment": "none"}),
        ("plain", {}),
    ):
        with track(tmp_path, name, {}, tags):
            pass
    rows = list_runs(open_store(tmp_path), 9)
    assert [row.name for row in rows] == ["plain", "earlier", "experiment [slow]"]


def test_addresses_lead_to_the_training_view_of_the_server_that_has_the_runs() -> None:
    local = base_address("sqlite:////project/mlflow.db", 5001)
    assert all_runs_address(local, "1", "CHART") == (
        "http://127.0.0.1:5001/#/experiments/1/runs"
        "?workflowType=machine_learning&compareRunsMode=CHART"
    )
    remote = base_address("https://host/mlflow/", 5001)
    assert run_address(remote, "1", "ab") == (
        "https://host/mlflow/#/experiments/1/runs/ab?workflowType=machine_learning"
    )


def test_latest_is_the_newest_that_can_serve_and_what_it_passes_over_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with track(tmp_path, "whole", {}, {"headway.record_sha256": "0"}) as run:
        run.log_metrics({"validation/loss": 1.0}, 0)
    with track(tmp_path, "without a record", {}, {}) as other:
        other.log_metrics({"validation/loss": 1.0}, 0)
    with track(tmp_path, "trained only", {}, {"headway.record_sha256": "0"}):
        pass
    store = open_store(tmp_path)
    killed = store.client.create_run(
        store.experiment_id, run_name="cut off", tags={"headway.record_sha256": "0"}
    )
    store.client.set_terminated(killed.info.run_id, "KILLED")
    store.client.create_run(store.experiment_id, run_name="under way")

    assert find_run(store, "latest").info.run_name == "without a record"
    told = capsys.readouterr().err
    assert told.startswith(f"latest is without a record ({other.run_id[:8]}): passed over under")
    assert told.count("\n") == 1
    assert find_run(store, "latest", "record").info.run_id == run.run_id
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"latest is whole ({run.run_id[:8]}): passed over under way (" in said
    for reason in ("still running", "killed", "not evaluated", "no record"):
        assert f", {reason})" in said
    with pytest.raises(ValueError, match=r"no run has .* its model: .*whole \(\w+, no model\)"):
        find_run(store, "latest", "model")
    # Who names a run gets it.
    assert find_run(store, "cut off", "record").info.run_id == killed.info.run_id
    assert capsys.readouterr().err == ""


def test_where_no_run_was_evaluated_latest_is_one_that_was_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with track(tmp_path, "trained only", {}, {"headway.record_sha256": "0"}) as run:
        pass
    store = open_store(tmp_path)
    assert find_run(store, "latest", "record").info.run_id == run.run_id
    assert find_run(store, "latest").info.run_id == run.run_id
    assert capsys.readouterr().err == ""


def test_the_run_to_open_is_that_of_the_model_unless_only_others_were_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    artifacts = Artifacts(tmp_path)
    assert run_to_open(open_store(tmp_path), artifacts, None) is None
    weights = artifacts.model / "weights.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    with track(tmp_path, "of the model", {}, {WEIGHTS_TAG: sha256}) as made:
        pass
    with track(tmp_path, "another", {}, {}) as another:
        another.log_metrics({"validation/loss": 1.0}, 0)
    store = open_store(tmp_path)
    assert run_to_open(store, artifacts, None).info.run_id == another.run_id
    said = capsys.readouterr().err
    assert said.startswith("the run to open is another (")
    assert "passed over of the model (" in said
    assert ", not evaluated)" in said
    store.client.log_metric(made.run_id, "validation/loss", 1.0)
    assert run_to_open(store, artifacts, None).info.run_id == made.run_id
    assert run_to_open(store, artifacts, "another").info.run_id == another.run_id
    assert capsys.readouterr().err == ""


def test_a_finished_run_that_was_not_evaluated_says_so(store: Store) -> None:
    assert [row.state for row in list_runs(store, 10)] == [
        "finished",
        "not evaluated",
        "not evaluated",
    ]


def test_latest_is_a_run_of_the_project_in_a_store_that_others_share(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("own", "other's"):
        with track(tmp_path, name, {}, {}):
            pass
    store = open_store(tmp_path)
    others = find_run(store, "other's")
    store.client.set_tag(others.info.run_id, PROJECT_TAG, "another")
    assert find_run(store, "latest").info.run_name == "own"
    assert find_run(store, "other's").info.run_id == others.info.run_id
    store.client.set_tag(find_run(store, "own").info.run_id, PROJECT_TAG, "another")
    capsys.readouterr()
    assert find_run(store, "latest").info.run_name == "other's"
    assert "those of others are meant" in capsys.readouterr().err
