"""A training that goes on from any of its checkpoints ends as if it had never been interrupted."""

import ast
import errno
import os
import resource
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from preloaded import given_environment, programs
from small_training import settings, train, weights
from workspace import ROOT

from pipeline.artifacts import Artifacts
from pipeline.endings import full_disk
from pipeline.endings.finished import Trained
from pipeline.params.whole import read_params
from pipeline.training import checkpoints as checkpoint_files
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.resumption import FOLDER, training_key, unfinished_training
from pipeline.training.setup import Settings
from pipeline.training.state import read_state, write_state

EVERY_STEP = {"checkpoint_seconds": 0.0, "ema_decay": 0.9, "batch_tokens": 128}
VARIANTS = {
    "as it is": {},
    "in parts": {"batch_parts": 2},
    "masked words": {},
    "next tokens": {},
    "sentences": {},
    "in mixed precision": {"precision": "bf16-mixed"},
    "in half precision": {"precision": "bf16-true"},
    "stops early": {"max_epochs": 9, "early_stopping_patience": 1, "learning_rate": 0.2},
}


class Sums:
    """Follows a training: the sum of all averaged weights at each epoch."""

    name = "sums"

    def __init__(self):
        self.kept, self.told = {}, []

    def look(self, network, epoch):
        self.kept[str(epoch)] = sum(weight.double().sum() for weight in network.parameters())
        self.told.append(epoch)

    def go_on(self, kept):
        self.kept = dict(kept)
        self.told = sorted(map(int, kept))

    def save(self, folder): ...

    def recall(self, folder): ...


@pytest.fixture
def all_kept(monkeypatch):
    monkeypatch.setattr(checkpoint_files, "KEPT", 10_000)


def saved(folder):
    return sorted(folder.glob("*.safetensors"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_training_goes_on_from_every_checkpoint_to_the_same_bits(all_kept, tmp_path, variant):
    params = settings(**EVERY_STEP | VARIANTS[variant])
    others = {
        "masked words": "masked_lm",
        "next tokens": "causal_lm",
        "sentences": "classification",
    }
    objective = others.get(variant, "tagging")
    told = {"params": params, "objective": objective, "dropout": 0.2}
    unsaved = told | {"params": params.model_copy(update={"checkpoint_seconds": 1e6})}
    plain = train(**unsaved)
    seen = Sums()
    whole = train(**told, folder=tmp_path / "whole", observers=[seen])
    assert seen.told == [row.epoch for row in whole.history]
    assert torch.equal(weights(whole), weights(plain))  # saving changes nothing
    if variant == "stops early":
        assert len(whole.history) < params.max_epochs
    paths = saved(tmp_path / "whole")
    epochs = [int(path.name.split("-")[0]) for path in paths]
    assert set(epochs) == set(range(len(whole.history) + 1))
    assert len(paths) > 3 * len(whole.history)
    for number, path in enumerate(paths):
        if variant == "as it is" or number % 7 == 0 or path == paths[-1]:
            folder = tmp_path / str(number)
            folder.mkdir()
            shutil.copy(path, folder)
            again = Sums()
            resumed = train(**unsaved, folder=folder, observers=[again])
            assert torch.equal(weights(resumed), weights(whole)), path.name
            assert resumed.history == whole.history
            assert resumed.trail == whole.trail
            assert resumed.best_epoch == whole.best_epoch
            assert (again.kept, again.told) == (seen.kept, seen.told)


def test_only_the_newest_checkpoint_and_the_one_before_it_are_kept(tmp_path):
    train(settings(**EVERY_STEP), folder=tmp_path)
    newest, before = saved(tmp_path)[::-1]
    assert newest.name.startswith("000002-000000000-")
    assert before.name.startswith("000001-")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
        lambda content: b"",
    ],
    ids=["half", "flipped", "empty"],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(tmp_path, capsys, damage):
    whole = train(settings(**EVERY_STEP), folder=tmp_path)
    newest = saved(tmp_path)[-1]
    kept = Checkpoints(tmp_path).newest().progress
    newest.write_bytes(damage(newest.read_bytes()))
    earlier = Checkpoints(tmp_path).newest().progress
    assert (kept.epoch, earlier.epoch) == (2, 1)
    assert newest.name in capsys.readouterr().err
    resumed = train(settings(**EVERY_STEP), folder=tmp_path)
    assert torch.equal(weights(resumed), weights(whole))
    for path in saved(tmp_path):
        path.write_bytes(b"nothing")
    assert Checkpoints(tmp_path).newest() is None


def test_what_was_not_named_yet_when_its_process_was_killed_is_no_checkpoint(tmp_path):
    train(settings(**EVERY_STEP), folder=tmp_path)
    *_, newest = saved(tmp_path)
    unnamed = tmp_path / checkpoint_files.UNNAMED
    unnamed.write_bytes(newest.read_bytes())
    newest.unlink()
    kept = Checkpoints(tmp_path)
    assert kept.newest().progress.epoch == 1
    kept.save(kept.newest())
    assert not unnamed.exists()
    unnamed.touch()
    kept.clear()
    assert not list(tmp_path.iterdir())


def test_a_state_comes_back_as_the_same_bits(tmp_path):
    train(settings(**EVERY_STEP), folder=tmp_path)
    kept, again = saved(tmp_path)[-1], tmp_path / "again"
    write_state(read_state(kept), again)
    assert again.read_bytes() == kept.read_bytes()
    again.write_bytes(kept.read_bytes()[8:])
    with pytest.raises(ValueError, match="not the state of a training"):
        read_state(again)


def test_a_checkpoint_belongs_to_its_inputs_code_and_parameters(copied):
    def key(**environment):
        artifacts = Artifacts(copied.root)
        params = read_params(artifacts.params)
        settings = Settings(params.encoder, params.objective, params.train, params.seed)
        machine = {"device": "cpu", "threads": "1", "torch": "2.13.0"} | environment
        return training_key(artifacts, settings, machine)

    keys = [key(), key(device="cuda (one)"), key(threads="2"), key(torch="2.13.1")]
    assert key() == keys[0]
    for path, change in [
        ("params.yaml", lambda text: text.replace("learning_rate: 0.01", "learning_rate: 0.02")),
        ("params.yaml", lambda text: text.replace("seed: 20", "seed: 21")),
        ("pipeline/attention/encoder.py", lambda text: text + "\n"),
        ("data/tokens/summary.json", lambda text: text + "\n"),
        ("requirements.lock", lambda text: text.replace("torch==", "torch==9")),
    ]:
        file = copied.root / path
        changed = change(file.read_text())
        assert changed != file.read_text(), path
        file.chmod(0o644)
        file.write_text(changed)
        keys.append(key())
    assert len(set(keys)) == len(keys)


def test_a_checkpoint_of_another_vector_width_is_another_trainings(finished):
    """torch computes with other instructions, whose last bits differ, where it is told to."""
    machines = []
    for told in ({}, {"ATEN_CPU_CAPABILITY": "default"}):
        script = (
            "from pathlib import Path; from pipeline.model.determinism import arithmetic_here\n"
            "from pipeline.params.whole import read_params\n"
            "print(arithmetic_here(read_params(Path('params.yaml')).train))"
        )
        done = finished.run(sys.executable, "-c", script, **told)
        machines.append(ast.literal_eval(done.stdout))
    if machines[0]["vector_width"] == machines[1]["vector_width"]:
        pytest.skip("a processor on which torch has one vector width alone")
    artifacts = Artifacts(finished.root)
    first, second = (training_key(artifacts, (1,), machine) for machine in machines)
    assert first != second


def test_a_full_disk_costs_a_training_its_checkpoint_and_not_its_life(tmp_path, capsys):
    """A limit on the size of files stands for the disk: the system refuses what goes beyond it."""
    whole = train(settings(**EVERY_STEP))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(full_disk, "SAID", (*full_disk.SAID, os.strerror(errno.EFBIG)))
            trained = train(settings(**EVERY_STEP), folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert torch.equal(weights(trained), weights(whole))
    assert not list(tmp_path.iterdir())
    assert "no checkpoint at epoch 1, step 2: the disk is full" in capsys.readouterr().err


def test_two_trainings_of_the_same_inputs_at_once_do_not_share_checkpoints(tmp_path):
    script = (
        "import sys; from pathlib import Path\n"
        "from pipeline.training.resumption import unfinished_training\n"
        "with unfinished_training(Path(sys.argv[1]), 'key') as it: print(it.checkpoints.folder)"
    )
    command = [programs() / "python", "-c", script, tmp_path]
    with unfinished_training(tmp_path, "key") as first:
        alone = {k: v for k, v in given_environment().items() if k != FOLDER}
        beside = subprocess.run(command, cwd=ROOT, env=alone, text=True, capture_output=True)
    after = subprocess.run(command, cwd=ROOT, env=alone, text=True, capture_output=True)
    assert after.stdout.strip() == str(first.checkpoints.folder)
    assert beside.stdout.strip() not in ("", str(first.checkpoints.folder))


def test_what_is_finished_or_given_up_long_ago_goes(tmp_path):
    tokens = {}
    for number in range(9):
        with unfinished_training(tmp_path, f"key{number}") as unfinished:
            tokens[number] = unfinished.token
            assert unfinished.token == tokens[number]
    with unfinished_training(tmp_path, "key8") as again:
        assert again.token == tokens[8]
        again.finish(Trained("", {}, {}))  # no DVC has to take it
    left = [path.name for path in (tmp_path / "checkpoints").iterdir() if path.is_dir()]
    assert len(left) == 5
    assert "key8" not in left
    assert "key7" in left
    with unfinished_training(tmp_path, "key8") as anew:
        assert anew.token != tokens[8]
