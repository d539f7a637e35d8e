"""`headway reproduce` called by git, which tells its hooks of the repository they belong to."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from preloaded import given_environment, programs

from pipeline.artifacts import Artifacts
from pipeline.params.whole import read_params
from pipeline.recording.provenance import origin_of
from pipeline.recording.record import log_record
from pipeline.tracking.run import track
from pipeline.tracking.store import store_uri

ROOT = Path(__file__).parents[2]
STAGE = """
import os, subprocess
from pathlib import Path

Path("data/corpus").mkdir(parents=True)
Path("data/corpus/words.txt").write_text(os.urandom(8).hex())
subprocess.run(["git", "add", "--force", "--all"], check=True)
subprocess.run(["git", "commit", "--quiet", "--message", "of a stage"], check=True)
"""
"""In place of a real one: what it does with git shows in which repository it was let loose."""

HOOK = """#!/bin/sh
env | grep ^GIT_ > said.txt
"{headway}" reproduce latest >> said.txt 2>&1
exit 0
"""


def git(folder: Path, *arguments: str, **environment: str) -> str:
    # Whatever the machine's own settings are.
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    done = subprocess.run(
        ["git", *arguments], cwd=folder, text=True, check=False,
        env=given_environment() | alone | dict.fromkeys(names, "n@example.org") | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run whose corpus comes out otherwise each time: one stage, two commits."""
    root = tmp_path_factory.mktemp("hooks") / "project"
    (root / "stages").mkdir(parents=True)
    (root / "stages/__init__.py").touch()  # or Python finds those of this repository first
    (root / "stages/corpus.py").write_text(STAGE)
    (root / ".gitignore").write_text("/data\n/mlflow.db*\n/mlartifacts\n/.headway\n/said.txt\n")
    for name in ("params.yaml", "dvc.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, root)
    git(root, "init", "--quiet", "--initial-branch", "trunk")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "the run's")
    for noun in ("corpus", "tokens"):
        (root / f"data/{noun}").mkdir(parents=True)
        (root / f"data/{noun}/words.txt").write_text("made once\n")
    params, origin = read_params(root / "params.yaml"), origin_of(root)
    with track(root, "made", {}, {}) as run:
        log_record(run, Artifacts(root), origin, params, "train", {})
    (root / "dvc.yaml").write_text("stages: {}\n")
    git(root, "commit", "--quiet", "--all", "--message", "the newest")
    git(root, "worktree", "add", "--quiet", "-b", "linked", "../linked")
    (root / ".git/hooks/pre-commit").write_text(HOOK.format(headway=programs() / "headway"))
    (root / ".git/hooks/pre-commit").chmod(0o755)
    return root


@pytest.mark.parametrize("worktree", ["project", "linked"])
def test_in_a_hook_a_run_is_made_again_and_the_commit_holds_what_was_staged(recorded, worktree):
    place, uri = recorded.with_name(worktree), store_uri(recorded)
    (place / "staged.txt").write_text("staged\n")
    git(place, "add", "staged.txt")
    (place / "dvc.yaml").write_text("stages: {}  # changed\n")

    git(place, "commit", "--quiet", "--all", "--message", "a person's", MLFLOW_TRACKING_URI=uri)

    said = (place / "said.txt").read_text()
    assert f"GIT_INDEX_FILE={recorded}/.git/" in said
    assert ("GIT_DIR=" in said) == (worktree == "linked")
    assert "verdict: different" in said
    told = git(place, "log", "--format=%s").splitlines()
    assert told == ["a person's", "the newest", "the run's"]
    changed = git(place, "diff", "--name-status", "HEAD~", "HEAD").split()
    assert changed == ["M", "dvc.yaml", "A", "staged.txt"]
    assert git(place, "status", "--porcelain") == ""
    assert git(place, "fsck", "--strict", "--no-dangling") == ""
