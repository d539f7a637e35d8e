"""A run's record grows stage by stage, and says what the run holds."""

import json
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.params.whole import read_params
from pipeline.recording.hashes import FileHash
from pipeline.recording.provenance import Origin
from pipeline.recording.record import log_record, read_record
from pipeline.runs.fetching import Kept, fetch_run
from pipeline.tracking.run import track
from pipeline.tracking.store import open_store

PARAMS = read_params(Path(__file__).parents[2] / "params.yaml")
CODE = {"pipeline/code.py": FileHash(sha256="a" * 64, md5="b" * 32, bytes=7)}
COMMITTED = Origin("c" * 40, b"the patch", CODE, {})
WITHOUT_GIT = Origin("none", None, CODE, {})


def keep(project: Path, *stages: tuple[str, Origin]) -> Artifacts:
    artifacts = Artifacts(project)
    for path in (artifacts.model / "weights.safetensors", artifacts.evidence / "metrics.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    artifacts.lock.write_text("numpy==1.0\n")
    with track(project, "recorded", {}, {}) as run:
        for stage, origin in stages:
            log_record(run, artifacts, origin, PARAMS, stage, {"device": stage})
    return artifacts


def fetch(project: Path, folder: Path) -> Kept:
    store = open_store(project)
    (run,) = store.client.search_runs([store.experiment_id])
    return fetch_run(store, run, folder)


def test_a_training_alone_names_no_evidence_of_an_earlier_one(
    project: Path, tmp_path: Path
) -> None:
    keep(project, ("train", COMMITTED))
    record = fetch(project, tmp_path / "kept").record
    assert list(record.outputs) == ["data/model/weights.safetensors"]


def test_an_evaluation_adds_its_part_and_leaves_that_of_the_training(
    project: Path, tmp_path: Path
) -> None:
    keep(project, ("train", COMMITTED), ("evaluate", WITHOUT_GIT))
    kept = fetch(project, tmp_path / "kept")
    assert list(kept.record.parts) == ["train", "evaluate"]
    assert (kept.record.commit, kept.patch) == (COMMITTED.commit, COMMITTED.patch)
    assert "data/evidence/metrics.json" in kept.record.outputs
    assert {it: kept.environments[it].machine["device"] for it in kept.environments} == {
        "train": "train",
        "evaluate": "evaluate",
    }
    assert kept.record_sha256.keys() == {"train", "evaluate"}


def test_code_that_changed_after_the_training_is_the_code_of_the_evaluation(
    project: Path, tmp_path: Path
) -> None:
    later = Origin("d" * 40, b"another patch", CODE, {})
    keep(project, ("train", COMMITTED), ("evaluate", later))
    kept = fetch(project, tmp_path / "kept")
    assert (kept.record.commit, kept.patch) == (later.commit, later.patch)
    assert kept.patch_at("train") == COMMITTED.patch


def test_a_record_of_version_1_is_read(tmp_path: Path) -> None:
    told = {"sha256": "a" * 64, "md5": "b" * 32, "bytes": 7}
    content = {
        "version": 1, "commit": "c" * 40, "patch_sha256": None, "params": {"seed": 20},
        "inputs": {"params.yaml": told}, "outputs": {"data/model/weights.safetensors": told},
    }  # fmt: skip
    (tmp_path / "record.json").write_text(json.dumps(content))
    (tmp_path / "changes.patch").write_bytes(b"")
    environment = {"machine": {"device": "cpu"}, "packages": {"numpy": "1.0"}}
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment/train.json").write_text(json.dumps(environment))
    record = read_record(tmp_path)
    assert (record.commit, record.params) == ("c" * 40, {"seed": 20})
    assert record.outputs["data/model/weights.safetensors"].bytes == 7
    kept = Kept("0" * 32, "old", tmp_path, {}, {"run": "e" * 64})
    assert kept.patch == b""
    assert kept.environments["train"].machine == {"device": "cpu"}
