"""A contender: a command that does the work once, in a process group of its own, and its sample."""

import json
import math
import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pipeline import programs

Sample = dict[str, Any]
"""What one contender's process gave: `seconds`, and what else its outcome names (`tokens`, `steps`,
`validation_loss` in nats, `validation_accuracy` in [0, 1], `peak_bytes`, `settings` in words)."""

LAST_LINES = 12


@dataclass(frozen=True)
class Contender:
    """A command that does the work, alone in a process group of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """What it is told beside this process's own environment."""
    folder: Path
    """Where it runs."""
    outcome: Path | None
    """The JSON object it writes, which is its sample; None: the seconds of the whole command."""


def run(contender: Contender) -> Sample:
    """Run a contender to its end and return what it measured.

    Raises:
        ValueError: it could not be started, failed, or wrote no usable outcome.
    """
    if contender.outcome is not None:
        contender.outcome.unlink(missing_ok=True)  # an older one is not its own
    with tempfile.TemporaryFile() as printed:
        start = time.perf_counter()
        try:
            status = _run_tree(contender, printed)
        except OSError as error:
            raise _failure(contender, f"could not be started ({error})", printed) from None
        seconds = time.perf_counter() - start
        if status != 0:
            ended = f"status {status}" if status > 0 else signal.Signals(-status).name
            raise _failure(contender, f"failed with {ended}", printed)
        if contender.outcome is None:
            return {"seconds": seconds}
        try:
            return _read_outcome(contender.outcome)
        except ValueError as error:
            raise _failure(contender, str(error), printed) from None


def _run_tree(contender: Contender, printed: IO[bytes]) -> int:
    """Run the command in a process group, none of which outlives this call."""
    process = subprocess.Popen(
        contender.command,
        cwd=contender.folder,
        env=programs.environment(**contender.environment),
        stdin=subprocess.DEVNULL,
        stdout=printed,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait()
    finally:
        with suppress(ProcessLookupError, PermissionError):  # the group is gone already
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read_outcome(path: Path) -> Sample:
    """What the contender wrote, less what is null.

    Every number in it is finite, and the seconds are above 0.
    """
    try:
        sample = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"wrote no {path.name}") from None
    except ValueError as error:
        raise ValueError(f"wrote a {path.name} that is not JSON ({error})") from None
    if not isinstance(sample, dict):
        raise ValueError(f"wrote a {path.name} that is no JSON object: {sample}")
    for name, value in sample.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"came to {name} {value}")
    seconds = sample.get("seconds")
    if not isinstance(seconds, int | float) or seconds <= 0:
        raise ValueError(f"wrote a {path.name} without seconds above 0: {sample}")
    return {name: value for name, value in sample.items() if value is not None}


def _failure(contender: Contender, reason: str, printed: IO[bytes]) -> ValueError:
    """The error for a person: who, why, which command, and the last lines that it printed."""
    printed.seek(0)
    lines = printed.read().decode(errors="replace").rstrip().splitlines()[-LAST_LINES:]
    said = "\n".join(f"  {line}" for line in lines) or "  (nothing)"
    return ValueError(
        f"{contender.name} {reason}\ncommand: {shlex.join(contender.command)}\n"
        f"the last that it printed:\n{said}"
    )
