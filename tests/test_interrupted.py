"""Ctrl-C, SIGTERM and the death of DVC: one line, the old outputs back, nothing left running."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import contents

PLACE = str(Path(__file__).parent / "interrupting")


@pytest.mark.parametrize(
    ("send", "when", "python"),
    [
        ("SIGINT", "import/pipeline.params", [sys.executable]),  # before its function is read
        # An extension, which makes an ImportError of it; a new interpreter has yet to load it.
        ("SIGINT", "import/torch._C", ["env", sys.executable]),
        ("SIGTERM", "import/pipeline.evidence.build", [sys.executable]),
        ("SIGTERM", "open/metrics.json", [sys.executable]),  # in the middle of its work
    ],
)
def test_a_stage_that_is_ended_says_so_in_a_line_and_puts_its_outputs_back(
    copied, send, when, python
):
    evidence = copied.root / "data/evidence"
    before = contents(evidence)
    shutil.rmtree(evidence)  # as DVC does before it runs a stage
    told = {"DVC_STAGE": "evaluate", "PYTHONPATH": PLACE, "SEND": send, "WHEN": when}
    done = copied.run(*python, "-m", "stages.evaluate", **told)
    said = "interrupted" if send == "SIGINT" else "ended by SIGTERM"
    lines = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert lines == [f"error: evaluate: {said}"], done.stdout
    assert "Traceback" not in done.stdout
    assert done.returncode == 128 + getattr(signal, send)
    assert contents(evidence) == before
    assert [path.name for path in (copied.root / "data").glob(".*")] == [".gitignore"]


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])  # which may stay as its parent, or not
def test_a_stage_ends_with_its_dvc(copied, shell):
    before = contents(copied.root / "data/corpus")
    told = {"PYTHONPATH": PLACE, "SEND": "dvc", "WHEN": "open/card.json", "SHELL": shell}
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro", "--force", "corpus"],
        cwd=copied.root, env=copied.environment(**told),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = process.communicate()  # ends when nobody holds the pipe any more
    assert process.returncode == -signal.SIGKILL
    assert "error: corpus: ended by SIGTERM" in printed
    assert contents(copied.root / "data/corpus") == before
