"""Seconds and peak memory of a command, as a small parent sees them.

The kernel counts a parent's memory as a child's peak (`watch` says how), so nothing heavy is
imported here.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fresh import answer, fresh
from pipeline import programs

SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Watched:
    """What a process took, as its parent and the kernel saw it."""

    seconds: float
    """From its start to its end, the interpreter's start and the imports included."""
    peak_bytes: int
    """Most memory at once (ru_maxrss). Pages of mapped files count, though the kernel may take
    them back at any time."""
    anonymous_bytes: int
    """Most memory at once that no file stands behind, seen every 20 ms (RssAnon)."""


def watched(command: Sequence[str], cwd: Path) -> Watched:
    """Run a command under a small parent that watches its time and memory.

    Raises:
        ValueError: it failed; the message has the end of what it printed.
    """
    return Watched(**fresh("benchmarks.watching", {"command": list(command), "cwd": str(cwd)}))


def watch(command: Sequence[str], cwd: str) -> dict[str, float]:
    """Run a command and watch it; memory is its own, not the sum with processes that it starts.

    A process that is started inherits its parent's peak as the floor of its own ru_maxrss (Linux
    hands it over at exec): so this must run in a process smaller than any it watches.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env=programs.environment())
    ended = os.pidfd_open(process.pid)
    anonymous = 0
    while not select.select([ended], [], [], SAMPLE_SECONDS)[0]:
        anonymous = max(anonymous, anonymous_bytes(process.pid))
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    os.close(ended)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(process.returncode)
    peak = usage.ru_maxrss * 1024
    return {"seconds": seconds, "peak_bytes": peak, "anonymous_bytes": anonymous}


def anonymous_bytes(pid: int) -> int:
    """Memory of a process that no file stands behind; 0 once it has ended."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    answer(watch)
