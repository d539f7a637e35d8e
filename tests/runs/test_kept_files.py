import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, RunData, RunInfo

from pipeline.runs.kept_files import KeptFiles
from pipeline.tracking.store import Store


def run_at(address):
    info = RunInfo(
        run_id="a" * 32, experiment_id="1", user_id="", status="FINISHED", start_time=0, end_time=1,
        lifecycle_stage="active", artifact_uri=address, run_name="one",
    )  # fmt: skip
    return Run(info, RunData([], [], []))


@pytest.fixture
def store(tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    return Store(MlflowClient(uri), "1", uri, tmp_path)


@pytest.fixture
def kept(tmp_path):
    folder = tmp_path / "kept"
    (folder / "evidence/test").mkdir(parents=True)
    (folder / "evidence/test/metrics.json").write_text("{}")
    return folder


def test_a_file_beside_its_store_is_read_in_place(store, kept, tmp_path):
    files = KeptFiles(store, run_at(kept.as_uri()), tmp_path / "fetched")
    assert files.find("evidence/test/metrics.json") == kept / "evidence/test/metrics.json"
    assert files.find("evidence/test/none.json") is None
    assert files.find("nothing/at/all.json") is None
    assert not (tmp_path / "fetched").exists()


def test_a_file_that_lies_elsewhere_is_fetched_into_a_folder_of_its_own(store, kept, tmp_path):
    """An address that is no file:// is asked of MLflow, as that of a server."""
    files = KeptFiles(store, run_at(str(kept)), tmp_path / "fetched")
    found = files.find("evidence/test/metrics.json")
    assert found == tmp_path / "fetched/evidence/test/metrics.json"
    assert found.read_text() == "{}"
    assert files.find("evidence/test/none.json") is None


def test_a_run_without_a_model_has_no_file_of_one(store, kept, tmp_path):
    files = KeptFiles(store, run_at(kept.as_uri()), tmp_path / "fetched")
    assert files.find_model("watched.safetensors") is None
