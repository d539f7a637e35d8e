"""What a kill leaves of DVC's own files is recognised where DVC refuses it, and put right."""

import json
import shutil
import sys

import pytest
from workspace import ROOT, make_workspace

from pipeline.endings.dvc_files import broken_files
from pipeline.leftovers import held
from pipeline.reproduction.repair import repair

WRITTEN = (ROOT / "dvc.lock").read_text()
LINES = WRITTEN.splitlines(keepends=True)
CUT = WRITTEN[: WRITTEN.index("md5: ") + 2]
"""In the middle of a word."""
RWLOCK = json.dumps({"write": {"/p/data/model": {"pid": 1, "cmd": "dvc repro"}}, "read": {}})


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of which nothing was run: DVC reads its own files all the same."""
    workspace = make_workspace(tmp_path_factory.mktemp("repair") / "small")
    (workspace.root / ".dvc/tmp").mkdir()
    return workspace


@pytest.fixture
def files(project):
    """dvc.lock and DVC's list of readers and writers, written by a test."""
    lock, rwlock = project.root / "dvc.lock", project.root / ".dvc/tmp/rwlock"
    yield lock, rwlock
    for path in (lock, rwlock, project.root / ".headway"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def dvc_refuses(project) -> bool:
    """Whether DVC gives up when it is asked what it would do."""
    return project.dvc("repro", "--dry", "corpus").returncode != 0


@pytest.mark.parametrize(
    "kept",
    [
        "", WRITTEN, WRITTEN[:8192], "".join(LINES[:2]), "".join(LINES[:3]), "".join(LINES[:5]),
        "".join(LINES[:9]), CUT, WRITTEN[:20],
    ],
    ids=["empty", "whole", "8192", "2 lines", "3 lines", "5 lines", "9 lines", "a key", "word"],
)  # fmt: skip
def test_a_lock_file_is_called_broken_where_dvc_refuses_it(project, files, kept):
    files[0].write_text(kept)
    assert bool(broken_files(project.root)) == dvc_refuses(project)


@pytest.mark.parametrize(
    "kept", ["", RWLOCK, RWLOCK[:20], "[]"], ids=["empty", "whole", "cut", "list"]
)
def test_a_list_of_writers_is_called_broken_where_dvc_refuses_it(project, files, kept):
    files[1].write_text(kept)
    assert bool(broken_files(project.root)) == (kept != RWLOCK)
    if kept != "[]":  # DVC answers a list with an error of Python's
        assert dvc_refuses(project) == (kept != RWLOCK)


def test_why_and_the_command_line_say_what_is_broken_and_repair_restores_it(project, files):
    lock, rwlock = files
    lock.write_text(WRITTEN)
    (project.root / ".headway").mkdir()
    shutil.copy2(lock, project.root / ".headway/dvc.lock")
    changed = lock.stat().st_mtime_ns
    lock.write_text(CUT)
    rwlock.write_text("")
    headway = (sys.executable, "-m", "pipeline.cli")
    why = project.run(*headway, "why")
    assert why.returncode == 1
    assert "dvc.lock is not whole" in why.stdout
    assert "rwlock is not whole" in why.stdout
    assert why.stdout.count("`headway repair`") == 2
    done = project.run(*headway, "repair")
    assert done.returncode == 0, done.stdout
    assert lock.read_text() == WRITTEN
    assert lock.stat().st_mtime_ns == changed
    assert not rwlock.exists()
    aside = {path.name: path.read_text() for path in project.root.glob(".headway/broken/*/*")}
    assert aside == {"dvc.lock": CUT, "rwlock": ""}
    assert list(repair(project.root)) == ["nothing to repair: DVC can read all of its own files"]


def test_without_a_copy_git_has_the_lock_file_and_without_git_it_goes(project, files):
    lock, _ = files
    lock.write_text(WRITTEN)
    project.run("git", "add", "dvc.lock")
    project.run("git", "commit", "-qm", "lock")
    lock.write_text("")
    assert "dvc.lock is as git's last commit has it" in list(repair(project.root))
    assert lock.read_text() == WRITTEN
    project.run("git", "rm", "-q", "--cached", "dvc.lock")
    project.run("git", "commit", "-qm", "no lock")
    lock.write_text("")
    assert any("there is none" in line for line in repair(project.root))
    assert not lock.exists()


def test_nothing_is_repaired_while_dvc_is_at_work(project, files):
    files[0].write_text("")
    held_by_dvc = project.root / ".dvc/tmp/rwlock.lock"
    held_by_dvc.touch()
    with held(held_by_dvc), pytest.raises(ValueError, match="DVC is at work"):
        list(repair(project.root))
    assert files[0].exists()


def test_a_conflict_is_left_to_a_person(project, files):
    files[0].write_text(f"<<<<<<< HEAD\n{WRITTEN}=======\n{WRITTEN}>>>>>>> other\n")
    with pytest.raises(ValueError, match="git checkout --ours"):
        list(repair(project.root))
