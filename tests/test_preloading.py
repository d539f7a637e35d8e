"""Programs that begin with the libraries imported are as those of a new interpreter."""

import json
import signal
import sys

import pytest
from preloaded import given_environment
from workspace import Workspace

TELLS = """
import json, os, sys
umask = os.umask(0)
print(json.dumps({
    "arguments": sys.argv[1:], "folder": os.getcwd(), "path": sys.path[0], "umask": umask,
    "given": os.environ.get("HEADWAY_GIVEN"), "input": sys.stdin.read(),
    "has libraries": "torch" in sys.modules, "name": __name__,
    "of the project": [name for name in sys.modules if name.startswith(("pipeline", "tests"))],
}))
"""
ENDS = """
import os, sys
os.kill(os.getpid(), int(sys.argv[2])) if sys.argv[1] == "signal" else sys.exit(int(sys.argv[2]))
"""


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/__init__.py").touch()
    (tmp_path / "stages/tells.py").write_text(TELLS)
    (tmp_path / "stages/ends.py").write_text(ENDS)
    return Workspace(tmp_path)


@pytest.mark.parametrize("python", ["python", sys.executable])
def test_a_program_gets_what_its_caller_gives(workspace, python):
    command = (python, "-m", "stages.tells", "one", "two words")
    done = workspace.run(
        "sh", "-c", 'umask 027; echo in | "$@"', "sh", *command, HEADWAY_GIVEN="by the caller"
    )
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout) == {
        "arguments": ["one", "two words"], "folder": str(workspace.root),
        "path": str(workspace.root), "umask": 0o027, "given": "by the caller", "input": "in\n",
        "has libraries": python == "python", "name": "__main__", "of the project": [],
    }  # fmt: skip


def test_what_an_interpreter_or_a_library_reads_at_its_start_gets_a_new_one(workspace):
    for name in ("OMP_NUM_THREADS", "ATEN_CPU_CAPABILITY", "PYTHONHASHSEED"):
        done = workspace.run("sh", "-c", "python -m stages.tells </dev/null", **{name: "1"})
        assert not json.loads(done.stdout)["has libraries"], name


def test_it_ends_as_its_child_ends(workspace):
    def status(*how):
        return workspace.run(sys.executable, "-m", "stages.ends", *how).returncode

    assert status("code", "3") == 3
    assert status("signal", str(int(signal.SIGKILL))) == -signal.SIGKILL


def test_a_training_before_in_the_tests_own_process_takes_no_program_its_libraries(monkeypatch):
    before = given_environment()
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert given_environment() == before
