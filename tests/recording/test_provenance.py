import hashlib
import os
import platform
import subprocess
from pathlib import Path

import numpy as np
import pytest
from workspace import ODD

from pipeline.recording.environment import environment_here
from pipeline.recording.provenance import origin_of


def git(root: Path, *arguments: str) -> str:
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | alone,
    )
    return done.stdout.strip()


def test_the_commit_the_branch_and_a_dirty_tree_are_recorded(project: Path) -> None:
    git(project, "init", "-b", "trunk")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    tags = origin_of(project).tags
    assert tags["mlflow.source.git.commit"] == git(project, "rev-parse", "HEAD")
    assert tags["mlflow.source.git.branch"] == "trunk"
    assert tags["headway.git_dirty"] == "false"
    assert origin_of(project).patch == b""


def test_the_patch_is_known_in_a_folder_of_any_name(tmp_path: Path) -> None:
    root = tmp_path / ODD
    root.mkdir()
    git(root, "init")
    (root / "code.py").write_text("x = 1\n")
    (root / "params.yaml").touch()
    git(root, "add", ".")
    git(root, "commit", "-m", "first")
    (root / "code.py").write_text("x = 2\n")
    patch = origin_of(root).patch
    assert patch is not None
    assert b"-x = 1\n+x = 2\n" in patch


def test_a_change_that_git_s_index_cannot_see_is_in_the_patch(project: Path) -> None:
    """As long as before, and within the second in which the index was written: a sweep's trial."""
    params, second = project / "params.yaml", (1_700_000_000, 1_700_000_000)
    params.write_text("seed: 20\n")
    os.utime(params, second)
    git(project, "init")
    git(project, "config", "core.trustctime", "false")  # or the test would depend on the clock
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    params.write_text("seed: 21\n")
    for path in (params, project / ".git/index"):
        os.utime(path, second)
    patch = origin_of(project).patch
    assert patch is not None
    assert b"+seed: 21" in patch


def test_the_patch_makes_the_tree_again_and_leaves_the_repository_as_it_was(
    project: Path, tmp_path: Path
) -> None:
    git(project, "init", "-b", "trunk")
    (project / "kept.py").write_text("x = 1\n")
    (project / "gone.py").write_text("y = 1\n")
    (project / "picture.bin").write_bytes(bytes(range(256)))
    (project / "dvc.lock").write_text("before\n")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    (project / "kept.py").write_text("x = 2\n")
    (project / "gone.py").unlink()
    (project / "picture.bin").write_bytes(bytes(range(255, -1, -1)))
    (project / "staged.py").write_text("")
    git(project, "add", "staged.py")
    (project / "pipeline").mkdir(exist_ok=True)
    (project / "pipeline" / "new ü.txt").write_text("read by a stage\n")
    # What is no code, or is known by its hash, is no part of it.
    (project / "dvc.lock").write_text("after\n")
    (project / "notes.txt").touch()
    (project / "data").mkdir(exist_ok=True)
    (project / "data" / "rows.py").touch()
    before = git(project, "status", "--porcelain"), git(project, "count-objects")
    origin = origin_of(project)
    assert origin.tags["headway.git_dirty"] == "true"
    assert (git(project, "status", "--porcelain"), git(project, "count-objects")) == before

    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(project), "other")
    (other / "the.patch").write_bytes(origin.patch)
    git(other, "apply", "the.patch")
    for name in ("kept.py", "picture.bin", "staged.py", "pipeline/new ü.txt"):
        assert (other / name).read_bytes() == (project / name).read_bytes()
    assert not (other / "gone.py").exists()
    assert not (other / "notes.txt").exists()
    assert (other / "dvc.lock").read_text() == "before\n"


def test_a_repository_without_a_commit_says_none(project: Path) -> None:
    git(project, "init")
    tags = origin_of(project).tags
    assert (tags["mlflow.source.git.commit"], tags["headway.git_dirty"]) == ("none", "none")


@pytest.mark.parametrize("has_git", [True, False])
def test_without_git_or_a_repository_the_tags_say_none(
    project: Path, monkeypatch: pytest.MonkeyPatch, has_git: bool
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    if not has_git:
        monkeypatch.setenv("PATH", str(project))
    tags = origin_of(project).tags
    assert tags["mlflow.source.git.commit"] == "none"
    assert tags["mlflow.source.git.branch"] == "none"
    assert tags["headway.git_dirty"] == "none"


def test_an_experiment_of_dvc_and_the_inputs_are_recorded(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any("dvc" in name for name in origin_of(project).tags)
    monkeypatch.setenv("DVC_EXP_NAME", "brave-fox")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "abc")
    monkeypatch.setenv("DVC_STAGE", "train")
    (project / "requirements.lock").write_text("numpy==2\n")
    origin = origin_of(project)
    assert origin.tags["headway.dvc_experiment"] == "brave-fox"
    assert origin.tags["headway.dvc_baseline"] == "abc"
    assert origin.tags["mlflow.source.name"] == "dvc.yaml:train"
    for path, content in (("requirements.lock", b"numpy==2\n"), ("params.yaml", b"seed: 20\n")):
        assert origin.inputs[path].sha256 == hashlib.sha256(content).hexdigest()
    assert all(isinstance(value, str) and value for value in origin.tags.values())


def test_the_environment_is_no_tag_but_has_its_versions_and_machine(project: Path) -> None:
    (project / "requirements.lock").write_text("numpy==2\n")
    found = environment_here(project / "requirements.lock", {"device": "cpu"})
    assert found.packages == {"numpy": np.__version__}
    assert found.machine["python"] == platform.python_version()
    assert found.machine["device"] == "cpu"
    told = set(origin_of(project).tags.values())
    assert not told & {*found.packages.values(), *found.machine.values()}
