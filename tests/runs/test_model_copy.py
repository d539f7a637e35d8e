"""A run's model, put where another training can start from it."""

import json
from dataclasses import replace

import pytest

from pipeline.artifacts import Artifacts, StartFiles
from pipeline.files import hash_file
from pipeline.runs.fetching import kept_run
from pipeline.runs.model_copy import copy_model
from pipeline.tokens.start import open_start
from pipeline.tracking.store import open_store


@pytest.fixture
def kept(finished, monkeypatch):
    """What the one run of a finished project kept."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    with kept_run(open_store(finished.root), "latest", "model") as found:
        yield found


def test_the_folder_says_whose_model_it_is_and_a_training_can_start_there(kept, finished, tmp_path):
    artifacts = Artifacts(tmp_path)
    folder = copy_model(kept, artifacts, "first")
    assert folder == tmp_path / "data/source/first"
    files = StartFiles(folder)
    sha256 = hash_file(StartFiles(finished.root / "data/model").weights)
    assert hash_file(files.weights) == sha256
    assert json.loads(files.origin.read_text()) == {
        "run": kept.name, "run_id": kept.run_id, "commit": kept.record.commit,
        "objective": "tagging", "weights_sha256": sha256,
    }  # fmt: skip
    assert open_start(artifacts, "data/source/first") == folder


def test_nothing_is_written_over_and_no_name_leads_elsewhere(kept, tmp_path):
    artifacts = Artifacts(tmp_path)
    (tmp_path / "data/source/first").mkdir(parents=True)
    with pytest.raises(
        ValueError, match=r"data/source/first is there already: give another --name"
    ):
        copy_model(kept, artifacts, "first")
    for name in ("../first", "a/b", ".."):
        with pytest.raises(ValueError, match="expected a name for a folder below data/source"):
            copy_model(kept, artifacts, name)


def test_a_run_whose_name_has_a_number_gives_a_folder_all_the_same(kept, tmp_path):
    copied = copy_model(replace(kept, name=f"{kept.name}#2"), Artifacts(tmp_path), None)
    assert copied.name == f"{kept.name}-2"
