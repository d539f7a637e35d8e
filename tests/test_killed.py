"""A pipeline that is killed anywhere ends, run again, as one that was never killed.

`make torture` kills a hundred times, in two projects side by side: HEADWAY_KILLS is the number.
Whole pipelines are run, since what is claimed is about DVC and all stages together.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from workspace import Workspace, contents

from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import open_store

KILLS = int(os.environ.get("HEADWAY_KILLS", "0"))
PLACE = str(Path(__file__).parent / "killing")
CHOSEN = {
    "the run has finished, dvc.lock does not know it": ("train", "dvc/open dvc.lock/1"),
    "the evaluation is over, dvc.lock is empty": ("evaluate", "dvc/write dvc.lock 1/1"),
}
"""The stage that is run alone, and when in it."""
SHARES = {"dvc": 30, "corpus": 8, "tokenize": 8, "embed": 8, "train": 28, "evaluate": 18}
"""How many kills of a hundred fall into which process."""


def repro(workspace: Workspace, *only: str, **environment: str) -> tuple[int, str]:
    """`dvc repro -f` of new interpreters, whose whole process group may be killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro", "--force", *only],
        cwd=workspace.root, env=workspace.environment(PYTHONPATH=PLACE, **environment),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    printed, _ = process.communicate()
    return process.returncode, printed


def curves(store, run) -> dict[str, set[tuple[int, float]]]:
    """Every point of every metric that the bits decide."""
    return {
        name: {(point.step, point.value) for point in store.client.get_metric_history(run, name)}
        for name in store.client.get_run(run).data.metrics
        if not name.startswith("time/")
    }


def files(store, run, folder="") -> list[str]:
    """The paths of what a run keeps, less the time in the names of the slider's pictures."""
    found: list[str] = []
    for item in store.client.list_artifacts(run, folder):
        found += files(store, run, item.path) if item.is_dir else [item.path]
    return sorted(re.sub(r"\+timestamp\+\d+", "", path) for path in found)


@dataclass
class Torture:
    """One finished project that is killed, put back, and killed again."""

    workspace: Workspace
    kept: Path
    """The project as it is put back."""
    expected: dict[str, str] = field(default_factory=dict)
    runs: int = 1
    """That its store holds."""
    whole: tuple[dict[str, set[tuple[int, float]]], list[str]] = field(
        default_factory=lambda: ({}, [])
    )
    """Points and files of a run that nobody killed."""

    def __post_init__(self) -> None:
        """Keep the project, and what a pipeline that nobody kills comes to."""
        shutil.copytree(self.workspace.root, self.kept, symlinks=True)
        self.expected = outputs(self.workspace.root)
        self.whole = self.held_by_newest(self.runs)

    def held_by_newest(self, runs: int):
        """Points and files of the newest run; so many there are, and each has finished."""
        store = open_store(self.workspace.root)
        found = newest_runs(store, runs + 1)
        assert [run.info.status for run in found] == ["FINISHED"] * runs
        assert "headway.error" not in found[0].data.tags
        assert len(found[0].outputs.model_outputs) == 1
        return curves(store, found[0].info.run_id), files(store, found[0].info.run_id)

    def kill(self, moment: str, *only: str) -> str:
        """Kill a forced `dvc repro` there, run it whole, and compare; what was needed for it."""
        shutil.rmtree(self.workspace.root)
        shutil.copytree(self.kept, self.workspace.root, symlinks=True)
        status, printed = repro(self.workspace, *only, KILL=moment)
        assert status in (0, -signal.SIGKILL), printed
        if status == 0:
            return "not reached"
        again, needed = self.workspace.dvc("repro", "--force"), "the same command"
        if again.returncode:
            needed = "headway repair"
            done = self.workspace.run(sys.executable, "-m", "pipeline.cli", "repair")
            assert done.returncode == 0, f"{moment}: {again.stdout}\n{done.stdout}"
            again = self.workspace.dvc("repro", "--force")
        assert again.returncode == 0, f"{moment}: {again.stdout}"
        assert outputs(self.workspace.root) == self.expected, moment
        points, kept_files = self.held_by_newest(self.runs + 1)
        assert points == self.whole[0], moment
        assert kept_files == self.whole[1], moment
        half = [
            *self.workspace.root.glob("data/.part-*"),
            *self.workspace.root.glob(".headway/.p*"),
        ]
        assert not half, moment
        return needed


def outputs(root: Path) -> dict[str, str]:
    """data/ and dvc.lock."""
    return contents(root / "data") | {"dvc.lock": (root / "dvc.lock").read_text()}


def draw(chance: random.Random, moments: dict[str, dict[str, int]]) -> str:
    """A moment: the process by its share, each kind of its moments alike, then any of them.

    Once dvc.lock is written for the last time nothing is left to be killed.
    """
    process = chance.choices([*SHARES], [*SHARES.values()])[0]
    kinds = {k: n for k, n in moments[process].items() if process != "dvc" or "dvc.lock" in k}
    if process == "dvc" and chance.random() < 0.5:
        kinds = {k: n - 2 for k, n in moments[process].items() if "dvc.lock" not in k and n > 2}
    kind = chance.choice(sorted(kinds))
    return f"{process}/{kind}/{chance.randint(1, kinds[kind])}"


@pytest.mark.long
@pytest.mark.parametrize(("stage", "moment"), CHOSEN.values(), ids=CHOSEN)
def test_a_pipeline_killed_at_this_moment_ends_as_one_that_was_never_killed(
    copied, tmp_path, stage, moment
):
    needed = Torture(copied, tmp_path / "kept").kill(moment, "--single-item", stage)
    assert needed != "not reached"


@pytest.mark.skipif(not KILLS, reason="`make torture` kills at many places")
def test_a_pipeline_killed_anywhere_ends_as_one_that_was_never_killed(copied, tmp_path):
    """With a checkpoint after every step; all moments are counted first, in a run of their own."""
    (tmp_path / "counts").mkdir()
    copied.change({"train.checkpoint_seconds": 0})
    status, printed = repro(copied, COUNTS=str(tmp_path / "counts"))
    assert status == 0, printed
    counted = {p.stem: json.loads(p.read_text()) for p in (tmp_path / "counts").iterdir()}
    chance = random.Random(int(os.environ.get("HEADWAY_SEED", "4")))
    moments = [draw(chance, counted) for _ in range(KILLS)]
    clones = [copied.clone(tmp_path / name / "small") for name in ("one", "two")]
    with ThreadPoolExecutor(len(clones)) as pool:
        projects = [Torture(clone, clone.root.with_name("kept"), runs=2) for clone in clones]
        told, free = threading.Lock(), list(projects)
        done: Counter[tuple[str, str]] = Counter()
        wrong: list[str] = []

        def kill(moment: str) -> None:
            with told:
                project = free.pop()
            try:
                needed = project.kill(moment)
            except AssertionError as error:
                needed = "not right"
                wrong.append(f"{moment}: {error}")
            finally:
                with told:
                    free.append(project)
            with told:
                done[moment.split("/")[0], needed] += 1
                print(f"{sum(done.values()):>4} of {KILLS}  {moment:<32} {needed}", flush=True)

        list(pool.map(kill, moments))
    for (process, needed), count in sorted(done.items()):
        print(f"{process:<10} {needed:<18} {count:>4}")
    assert not wrong, "\n".join(wrong)
