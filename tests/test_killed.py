"""A training that is killed goes on, and nothing shows of it but a count.

`make torture` kills more often: HEADWAY_KILLS is the number of times.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import Workspace, contents

from pipeline import tracking

KILLS = int(os.environ.get("HEADWAY_KILLS", "5"))
A_TRAINING = 4
"""At most so many kills of one training."""
PLACE = str(Path(__file__).parent / "killing")


def train(workspace: Workspace, **environment: str) -> int:
    """`dvc repro` of the train stage alone, whose whole process group may be killed."""
    command = [sys.executable, "-m", "dvc", "repro", "--force", "--single-item", "train"]
    process = subprocess.Popen(
        command, cwd=workspace.root, env=workspace.environment(PYTHONPATH=PLACE, **environment),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    printed, _ = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), printed
    return process.returncode


def curves(store, run) -> dict[str, list[tuple[int, float]]]:
    """Every point of every metric that the bits decide."""
    return {
        name: [(point.step, point.value) for point in store.client.get_metric_history(run, name)]
        for name in store.client.get_run(run).data.metrics
        if not name.startswith("time/")
    }


def files(store, run, folder="") -> set[str]:
    found = set()
    for item in store.client.list_artifacts(run, folder):
        found |= files(store, run, item.path) if item.is_dir else {item.path}
    return found


@pytest.fixture
def trained(copied, tmp_path):
    """A project whose training was never killed; a checkpoint after every step."""
    copied.change({"train.checkpoint_seconds": 0})
    assert train(copied, CALLS=str(tmp_path / "calls")) == 0
    return copied, int((tmp_path / "calls").read_text())


def test_a_killed_training_ends_as_one_that_was_never_killed(trained):
    workspace, calls = trained
    store = tracking.open_store(workspace.root)
    (whole,) = tracking.newest_runs(store, 1)
    expected = contents(workspace.root / "data/model")
    chance = random.Random(4)
    killed = 0
    while killed < KILLS:
        times = 0
        for _ in range(min(A_TRAINING, KILLS - killed)):
            if train(workspace, KILL_AT=str(chance.randint(1, calls))) == 0:
                break  # it had less left to do than that
            times += 1
        else:
            assert train(workspace) == 0
        killed += times
        (run,) = tracking.newest_runs(store, 1)
        assert contents(workspace.root / "data/model") == expected
        assert run.info.run_id != whole.info.run_id
        assert run.info.status == "FINISHED"
        assert int(run.data.tags.get("headway.resumed", "0")) <= times
        assert "headway.error" not in run.data.tags
        assert curves(store, run.info.run_id) == curves(store, whole.info.run_id)
        assert files(store, run.info.run_id) == files(store, whole.info.run_id)
        assert len(run.outputs.model_outputs) == 1
        others = tracking.newest_runs(store, 100, "attributes.status != 'FINISHED'")
        assert not others, "a killed training left a run behind"
        assert not list((workspace.root / ".headway/checkpoints").glob("*/*"))
