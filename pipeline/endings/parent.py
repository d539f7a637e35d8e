"""The DVC that started this process: what it was asked for, and that it is still there."""

import os
import select
import signal
import threading
import time
from pathlib import Path

import psutil

GENERATIONS = 3
"""How far up DVC is looked for: a shell may stand between."""
SWEEP = "HEADWAY_SWEEP"
"""The number of the process of a sweep that this one works for."""


def dvc_above() -> psutil.Process | None:
    """The nearest process above this one that is DVC, if one of the next three is."""
    try:
        above = psutil.Process().parents()[:GENERATIONS]
        return next((it for it in above if _is_dvc(it.cmdline())), None)
    except psutil.Error:
        return None


def was_asked_for(stage: str) -> bool:
    """Whether DVC was told this stage's name, and not to bring everything up to date."""
    dvc = dvc_above()
    try:
        told = dvc.cmdline() if dvc else []
    except psutil.Error:
        told = []
    return any(word.rpartition(":")[2] == stage for word in told)


def end_with_dvc() -> None:
    """End this process with SIGTERM as soon as DVC has ended: nobody would take what it makes.

    So it does when the sweep has ended that DVC works for.
    """
    dvc, sweep = dvc_above(), os.environ.get(SWEEP)
    for pid in [*([dvc.pid] if dvc else []), *([int(sweep)] if sweep else [])]:
        threading.Thread(target=_end_after, args=(pid,), daemon=True).start()


def _end_after(pid: int) -> None:
    if hasattr(os, "pidfd_open"):  # Linux: the system says it at once
        try:
            watch = select.poll()
            watch.register(os.pidfd_open(pid))
            watch.poll()
        except ProcessLookupError:
            pass  # it ended just now
    while _is_running(pid):
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _is_running(pid: int) -> bool:
    """Whether it has not ended, also where nobody has asked yet how it did."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _is_dvc(command: list[str]) -> bool:
    """`dvc repro`, `python -m dvc repro`, `python /bin/dvc repro`."""
    return any(Path(word).name == "dvc" for word in command[:3])
