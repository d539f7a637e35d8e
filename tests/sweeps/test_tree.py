"""A trial's working copy: what it has, what comes of it, what is left of it."""

import subprocess
import sys

import pytest

from pipeline.sweeps import tree as trees
from pipeline.sweeps.beginning import Base, data_of, git
from pipeline.sweeps.tree import clear_tree, keep_experiment, make_tree

IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.org")


@pytest.fixture
def project(tmp_path):
    """A repository with what a working copy needs of one."""
    root = tmp_path / "project"
    (root / ".dvc").mkdir(parents=True)
    (root / "data/source").mkdir(parents=True)
    (root / "pipeline").mkdir()
    files = {
        "params.yaml": "# how\nseed: 20  # a comment\ntrain:\n  max_epochs: 5\n",
        ".dvc/config": "[core]\n    analytics = false\n",
        ".gitignore": "/data/source/own.txt\n/.headway/\n",
        "data/source/README.md": "yours\n",
        "pipeline/model.py": "WIDTH = 1\n",
        "dvc.lock": "schema: '2.0'\n",
    }
    for name, text in files.items():
        (root / name).write_text(text)
    for command in (("init", "-q"), ("add", "-A"), (*IDENTITY, "commit", "-qm", "start")):
        git(root, *command)
    return root


def made(project, tmp_path, **changes):
    tree, base = tmp_path / "tree", Base.here(project)
    make_tree(tree, project, base, tmp_path / "cache", changes)
    return tree, base


def test_a_working_copy_has_the_code_as_it_lay_there_and_the_trials_parameters(project, tmp_path):
    (project / "pipeline/model.py").write_text("WIDTH = 2\n")
    (project / "pipeline/new.py").write_text("NEW = True\n")
    before = git(project, "status", "--porcelain")
    tree, base = made(project, tmp_path, seed=21)
    assert (tree / "pipeline/model.py").read_text() == "WIDTH = 2\n"
    assert (tree / "pipeline/new.py").read_text() == "NEW = True\n"
    assert "seed: 21  # a comment" in (tree / "params.yaml").read_text()
    assert git(tree, "rev-parse", "HEAD") == base.commit == git(project, "rev-parse", "HEAD")
    assert git(project, "status", "--porcelain") == before


def test_a_tree_without_changes_begins_with_its_commit(project):
    base = Base.here(project)
    assert base.tree == base.commit


def test_a_working_copy_shares_the_cache_and_the_settings_of_its_project(project, tmp_path):
    own = "['remote \"store\"']\n    url = /there\n[cache]\n    type = hardlink\n"
    (project / ".dvc/config.local").write_text(own)
    tree, _ = made(project, tmp_path)
    asked = [sys.executable, "-m", "dvc", "config", "--local", "--list"]
    told = subprocess.run(asked, cwd=tree, capture_output=True, text=True, check=True).stdout
    assert set(told.split()) == {
        "remote.store.url=/there", "cache.type=hardlink", f"cache.dir={tmp_path}/cache",
    }  # fmt: skip


def test_a_persons_own_data_are_as_they_lie_there_whether_git_has_them_or_not(project, tmp_path):
    (project / "data/source/own.txt").write_text("not in git")
    (project / "data/source/README.md").unlink()
    tree, _ = made(project, tmp_path)
    assert data_of(tree) == data_of(project)
    assert list(data_of(tree)) == ["data/source/own.txt"]


def test_an_experiment_differs_from_its_commit_in_what_the_trial_set_alone(project, tmp_path):
    tree, base = made(project, tmp_path, **{"train.max_epochs": 1})
    (tree / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    keep_experiment(tree, project, base, "try-1")
    ref = f"refs/exps/{base.commit[:2]}/{base.commit[2:]}/try-1"
    assert git(project, "rev-parse", f"{ref}^") == base.commit
    assert git(project, "diff", "--name-only", base.commit, ref) == "dvc.lock\nparams.yaml"
    keep_experiment(tree, project, base, "try-1")  # the same again is the same
    assert git(project, "diff", "--stat", base.commit) == ""


def test_what_is_still_at_work_in_a_working_copy_ends_before_it_goes(
    project, tmp_path, monkeypatch
):
    monkeypatch.setattr(trees, "END_SECONDS", 0.2)
    tree, _ = made(project, tmp_path)
    waits = [sys.executable, "-c", "print('there', flush=True); input()"]
    pipe = subprocess.PIPE
    with subprocess.Popen(waits, cwd=tree, stdin=pipe, stdout=pipe) as left:
        assert left.stdout.readline()
        clear_tree(tree)
        assert not tree.exists()
        assert left.poll() is not None


def test_a_folder_without_a_commit_is_told_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match="`git init` and `git commit` first"):
        Base.here(tmp_path)
