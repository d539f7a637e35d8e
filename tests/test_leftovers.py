"""What a killed process left half written goes; what another is writing stays."""

import signal
import subprocess
import sys

import pytest
from workspace import ROOT

from pipeline.files import whole_file, whole_folder
from pipeline.leftovers import remove_leftovers

KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.files import {how}
with {how}(Path(sys.argv[1])) as beside:
    (beside / "half" if beside.is_dir() else beside).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("how", ["whole_file", "whole_folder"])
def test_what_a_killed_process_left_goes_and_what_is_being_written_stays(tmp_path, how):
    (tmp_path / ".vectors-of-a-person").mkdir()
    command = [sys.executable, "-c", KILLED.format(how=how), str(tmp_path / "vectors.json")]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    (left,) = tmp_path.glob(".part-*")
    write = whole_file if how == "whole_file" else whole_folder
    with write(tmp_path / "model.json") as beside:
        assert remove_leftovers([tmp_path]) == [left]
        assert beside.exists()
    assert {path.name for path in tmp_path.iterdir()} == {".vectors-of-a-person", "model.json"}


def test_a_folder_is_gone_as_a_whole_when_its_removal_is_killed(tmp_path):
    folder = tmp_path / "checkpoints/key"
    folder.mkdir(parents=True)
    for name in ("token", "trained.json"):
        (folder / name).touch()
    script = (
        "import os, shutil, signal, sys; from pathlib import Path\n"
        "from pipeline.leftovers import remove_whole\n"
        "shutil.rmtree = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "remove_whole(Path(sys.argv[1]))"
    )
    killed = subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not folder.exists()
    (left,) = folder.parent.iterdir()
    assert remove_leftovers([folder.parent]) == [left]


def test_what_was_being_fetched_when_the_process_was_killed_goes(tmp_path):
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from pipeline.corpus.formats import wheel\n"
        "wheel._pip_download = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "wheel.fetch_wheel(Path(sys.argv[1]), wheel.SHA256)"
    )
    killed = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert remove_leftovers([tmp_path]) == [left]


def test_git_is_told_to_leave_out_what_is_half_written(finished):
    listed = finished.run("git", "check-ignore", "data/.part-vectors-0a1b2c3d")
    assert listed.returncode == 0
