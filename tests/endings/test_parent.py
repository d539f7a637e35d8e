"""Whose work a stage does, and that it ends with them."""

import signal
import subprocess
import sys

from pipeline import programs
from pipeline.endings.parent import SWEEP

WAITING = "print('there', flush=True); input()"
STAGE = f"from pipeline.endings.parent import end_with_dvc; end_with_dvc(); {WAITING}"


def started(script: str, **environment: str) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    own = programs.environment(**environment)
    process = subprocess.Popen([sys.executable, "-c", script], env=own, stdin=pipe, stdout=pipe)
    assert process.stdout.readline() == b"there\n"
    return process


def test_a_stage_ends_with_the_sweep_that_it_works_for():
    with started(WAITING) as sweep, started(STAGE, **{SWEEP: str(sweep.pid)}) as stage:
        assert stage.poll() is None
        sweep.kill()
        assert stage.wait() == -signal.SIGTERM
