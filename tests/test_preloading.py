"""Programs that begin with the libraries imported are as those of a new interpreter."""

import json
import shutil
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
    for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED"):
        done = workspace.run("sh", "-c", "python -m stages.tells </dev/null", **{name: "1"})
        assert not json.loads(done.stdout)["has libraries"], name


def test_its_vectors_are_as_wide_as_its_caller_says(workspace):
    (workspace.root / "stages/tells.py").write_text(
        "import torch; print(torch.backends.cpu.get_cpu_capability())"
    )
    done = workspace.run("python", "-m", "stages.tells", ATEN_CPU_CAPABILITY="default")
    assert done.stdout == "DEFAULT\n"


def test_it_begins_with_what_stands_where_pythonpath_leads(workspace):
    place = workspace.root / "beside"
    place.mkdir()
    (place / "sitecustomize.py").write_text("import os, sys; os.environ['_'] = sys.orig_argv[2]")
    (workspace.root / "stages/tells.py").write_text("import os, sys; print(os.environ['_'])")
    done = workspace.run("python", "-m", "stages.tells", PYTHONPATH=str(place))
    assert done.stdout == "stages.tells\n"


@pytest.mark.skipif(not shutil.which("unshare"), reason="a file system of its own needs `unshare`")
def test_it_sees_the_file_systems_that_its_caller_sees(workspace):
    mount = f"mount -t tmpfs tmpfs {workspace.root}/stages/beside && python -m stages.tells"
    (workspace.root / "stages/beside").mkdir()
    (workspace.root / "stages/tells.py").write_text(
        "import os, sys; print('torch' in sys.modules, os.path.ismount('stages/beside'))"
    )
    done = workspace.run("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount)
    if done.returncode:
        pytest.skip(f"no right to mount in a namespace: {done.stdout}")
    assert done.stdout == "True True\n"
    assert workspace.run("python", "-m", "stages.tells").stdout == "True False\n"


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
