"""A training that is over is handed over until DVC has taken it, and not once more."""

import errno
import json
import os

import pytest

from pipeline.artifacts import Artifacts
from pipeline.endings.finished import evaluation_of, stage_begins
from pipeline.endings.taken import folder_md5, is_taken
from pipeline.params.yaml_file import read_yaml
from pipeline.training.resumption import unfinished_training

MODEL, EVIDENCE = b"weights", b"figures"


@pytest.fixture
def artifacts(tmp_path, monkeypatch):
    """A project in which DVC is said to run the stages; `-f`, so that dvc.lock never changes."""
    monkeypatch.setenv("DVC_STAGE", "train")
    (tmp_path / "data/tokens").mkdir(parents=True)
    return Artifacts(tmp_path)


def dvc_takes(artifacts, at: int, cut_off: str = "") -> None:
    """What DVC writes after a stage, at a time of its own; killed over it, without a stage."""
    stages = {
        "train": {"outs": [{"path": "data/model", "md5": expected(artifacts, MODEL)}]},
        "evaluate": {"outs": [{"path": "data/evidence", "md5": folder_md5(artifacts.evidence)}]},
    }
    stages = {stage: made for stage, made in stages.items() if stage != cut_off}
    lock = artifacts.root / "dvc.lock"
    lock.write_text(json.dumps({"schema": "2.0", "stages": stages}))  # JSON is YAML
    os.utime(lock, ns=(at, at))


def expected(artifacts, content: bytes) -> str:
    folder = artifacts.root / "expected"
    folder.mkdir(exist_ok=True)
    (folder / "weights").write_bytes(content)
    return folder_md5(folder)


def save(folder) -> None:
    (folder / "weights").write_bytes(MODEL)


def train(artifacts, save=save) -> bool:
    """The stage as it is, without a network; whether it trained."""
    stage_begins(artifacts, "train")
    with unfinished_training(artifacts.private, "key") as unfinished:
        if unfinished.hand_over(artifacts):
            return False
        trained = unfinished.finished.keep(save, {"s": 1.5}, {}, unfinished.make_room)
        unfinished.finished.put(artifacts.model)
        unfinished.finish(trained)
        return True


def evaluate(artifacts) -> None:
    stage_begins(artifacts, "evaluate")
    with evaluation_of(artifacts.private, artifacts):
        artifacts.evidence.mkdir(exist_ok=True)
        (artifacts.evidence / "metrics").write_bytes(EVIDENCE)


def test_a_folders_hash_is_the_one_that_dvc_writes(finished):
    stages = read_yaml(finished.root / "dvc.lock")["stages"]
    for stage in stages.values():
        (out,) = stage["outs"]
        assert folder_md5(finished.root / out["path"]) == out["md5"]


def test_a_training_that_dvc_did_not_take_is_handed_over(artifacts):
    assert train(artifacts)
    for path in artifacts.model.iterdir():
        path.unlink()
    artifacts.model.rmdir()
    assert not train(artifacts)
    assert (artifacts.model / "weights").read_bytes() == MODEL
    assert not train(artifacts)


def test_what_dvc_took_with_its_evaluation_is_trained_anew(artifacts):
    for time in (10, 20, 30):
        assert train(artifacts), time
        dvc_takes(artifacts, time)
        evaluate(artifacts)
        dvc_takes(artifacts, time + 1)


def test_the_same_hash_from_the_time_before_is_no_sign_that_dvc_took_it(artifacts):
    assert train(artifacts)
    dvc_takes(artifacts, 10)
    evaluate(artifacts)
    dvc_takes(artifacts, 11)
    assert train(artifacts)  # forced; DVC is killed before it writes
    stage_begins(artifacts, "corpus")  # forced again, from the first stage on
    dvc_takes(artifacts, 20)
    assert not is_taken(artifacts, "train")
    assert not train(artifacts)
    dvc_takes(artifacts, 21)
    evaluate(artifacts)  # killed before DVC writes
    stage_begins(artifacts, "corpus")
    dvc_takes(artifacts, 30)
    assert not train(artifacts)
    dvc_takes(artifacts, 31)
    evaluate(artifacts)
    dvc_takes(artifacts, 32)
    assert train(artifacts)


def test_an_evaluation_that_failed_forgets_the_training_one_that_was_killed_does_not(artifacts):
    assert train(artifacts)
    dvc_takes(artifacts, 10)
    stage_begins(artifacts, "evaluate")
    killed = evaluation_of(artifacts.private, artifacts)
    killed.__enter__()  # and never left
    assert not train(artifacts)
    dvc_takes(artifacts, 20)
    stage_begins(artifacts, "evaluate")
    with pytest.raises(ValueError, match="mistake"), evaluation_of(artifacts.private, artifacts):
        raise ValueError("a person's mistake")
    assert train(artifacts)


@pytest.mark.parametrize("cut_off", ["train", "evaluate"])
def test_a_lock_that_dvc_was_killed_over_has_taken_nothing_though_it_can_be_read(
    artifacts, cut_off
):
    assert train(artifacts)
    dvc_takes(artifacts, 10)
    evaluate(artifacts)
    dvc_takes(artifacts, 11, cut_off)
    assert not train(artifacts)
    dvc_takes(artifacts, 20)
    evaluate(artifacts)
    dvc_takes(artifacts, 21)
    assert train(artifacts)


@pytest.mark.parametrize("killed_in", ["train, before it asks", "the lock after corpus"])
def test_what_was_taken_is_not_handed_over_to_one_who_was_killed_before_training(
    artifacts, killed_in
):
    assert train(artifacts)
    dvc_takes(artifacts, 10)
    evaluate(artifacts)
    dvc_takes(artifacts, 11)
    stage_begins(artifacts, "corpus")  # forced
    if killed_in == "the lock after corpus":
        dvc_takes(artifacts, 20, cut_off="evaluate")
    else:
        dvc_takes(artifacts, 20)
        stage_begins(artifacts, "train")
    stage_begins(artifacts, "corpus")  # forced again
    dvc_takes(artifacts, 30, cut_off="evaluate")
    assert train(artifacts)


def test_a_kept_file_that_changed_is_not_handed_over(artifacts):
    assert train(artifacts)
    (kept,) = artifacts.private.glob("checkpoints/key/model/weights")
    kept.unlink()
    kept.write_bytes(b"other")
    assert train(artifacts)


def test_without_dvc_nothing_is_kept(artifacts, monkeypatch):
    monkeypatch.delenv("DVC_STAGE")
    assert train(artifacts)
    assert train(artifacts)
    assert not list(artifacts.private.glob("checkpoints/*/"))


def test_on_a_full_disk_older_checkpoints_make_room_for_what_was_learnt(artifacts):
    given_up, own = artifacts.private / "checkpoints/old", artifacts.private / "checkpoints/key"
    for folder in (given_up, own):
        folder.mkdir(parents=True)
        for epoch in (1, 2):
            (folder / f"{epoch:06d}-0-{'0' * 64}.safetensors").touch()
    before = []

    def full_once(folder) -> None:
        before.append(len(list(artifacts.private.glob("checkpoints/*/*.safetensors"))))
        if before[-1] > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(folder)

    assert train(artifacts, full_once)
    assert before == [4, 1]  # the newest of its own stays until the model is written
    assert (artifacts.model / "weights").read_bytes() == MODEL
