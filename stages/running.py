"""How every stage starts and ends: parameters in, seconds noted, one line for a person's error."""

import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import filelock

from pipeline.artifacts import Artifacts
from pipeline.endings.dvc_files import keep_lock
from pipeline.endings.finished import stage_begins
from pipeline.endings.full_disk import chain, full_disk_message, is_full_disk
from pipeline.endings.interruption import TERMINATED, Terminated, is_interruption, noted_in
from pipeline.endings.parent import end_with_dvc
from pipeline.endings.restoring import restore_outputs, size_last_time
from pipeline.files import whole_file
from pipeline.garbage import collect_rarely
from pipeline.leftovers import remove_leftovers
from pipeline.params.whole import Params, read_params
from pipeline.progress import shown, warn
from pipeline.project_folder import require_private, require_usable_name
from pipeline.streams import print_any_letter
from stages import received

Stage = Callable[[Params, Artifacts], None]
"""Its name is the verb."""


@dataclass(frozen=True)
class Failure:
    """Why a stage did not end well."""

    message: str
    status: int


def run_stage(stage: Stage, ended: Callable[[Artifacts], None] = lambda _: None) -> None:
    """Run a stage in the current folder; on an error, say it, and put back what DVC took away.

    `ended` is called once it ended well, its seconds known.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, noted_in(received))
    # Threads that wait for each other soon sleep instead of spinning: with a core busy elsewhere,
    # spinning made training 30 times slower. GNU's OpenMP reads this when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    keep_freed_memory()
    collect_rarely()
    print_any_letter()
    failure = _attempt(stage, ended)
    # Only now are the files closed that the error's traceback held open: a deleted file takes room
    # on the disk until then, and the old outputs may need it.
    if failure:
        _say(f"error: {stage.__name__}: {failure.message}")
        _restore(stage)
        sys.exit(failure.status)


def keep_freed_memory() -> None:
    """Have glibc keep large blocks that are freed; gradients are asked for again in the next step.

    Given back to the system and fetched anew, every page of them is cleared at every step, which
    took a fifteenth of the time of training. Other C libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK)
        mallopt(M_TRIM_THRESHOLD, LARGEST_BLOCK)


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
LARGEST_BLOCK = 1 << 30
"""In bytes: what is larger goes back to the system."""


def _attempt(stage: Stage, ended: Callable[[Artifacts], None]) -> Failure | None:
    """Run the stage. A fault in the code is raised on, so that it shows where it is."""
    artifacts = Artifacts(Path.cwd())
    start = time.perf_counter()
    try:
        if received:  # while Python was still reading this file
            raise KeyboardInterrupt
        require_usable_name(artifacts.root)
        require_private(artifacts.root)
        _prepare(artifacts, stage)
        with shown(stage.__name__) if os.environ.get("LOCAL_RANK", "0") == "0" else nullcontext():
            stage(read_params(artifacts.params), artifacts)
        note_seconds(artifacts, stage.__name__, time.perf_counter() - start)
        ended(artifacts)
    except BaseException as error:
        # An import that is interrupted may end with any error.
        failure = _interruption(error) or _mistake(error, artifacts.root)
        if failure is None:
            _restore(stage)
            raise
        return failure
    return None


def _prepare(artifacts: Artifacts, stage: Stage) -> None:
    """What a killed process left goes; what a kill of this one needs is noted."""
    private = artifacts.private
    remove_leftovers([artifacts.root / "data", private, *private.glob("*/"), *private.glob("*/*/")])
    if "DVC_STAGE" in os.environ:
        keep_lock(artifacts)
        stage_begins(artifacts, stage.__name__)
        end_with_dvc()


def _interruption(error: BaseException) -> Failure | None:
    """What to say where a person or the system ended the stage."""
    if signal.SIGTERM in received or any(isinstance(link, Terminated) for link in chain(error)):
        return Failure("ended by SIGTERM", TERMINATED)
    return Failure("interrupted", 130) if received or is_interruption(error) else None


def _mistake(error: BaseException, root: Path) -> Failure | None:
    """What to say where a person can do something about it; None for a fault in the code."""
    if is_full_disk(error):
        needed = size_last_time(root, os.environ.get("DVC_STAGE", ""))
        return Failure(full_disk_message(error, root, needed), status=1)
    return Failure(str(error), status=1) if isinstance(error, ValueError | OSError) else None


def note_seconds(artifacts: Artifacts, verb: str, seconds: float) -> None:
    """Keep how long a stage took, beside the outputs: DVC's outputs must not change with it."""
    path = artifacts.seconds
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_suffix(".lock")):  # two stages may end at the same time
        known = _known_seconds(artifacts) | {verb: round(seconds, 2)}
        with whole_file(path) as beside:
            beside.write_text(json.dumps(known, indent=2) + "\n")


def _known_seconds(artifacts: Artifacts) -> dict[str, float]:
    """How long each stage took that ever ended well in this folder."""
    path = artifacts.seconds
    known: dict[str, float] = json.loads(path.read_text()) if path.is_file() else {}
    return known


def _restore(stage: Stage) -> None:
    """DVC removes a stage's outputs before it runs it: fetch the last good ones from its cache."""
    if "DVC_STAGE" not in os.environ:
        return
    was_made = stage.__name__ in _known_seconds(Artifacts(Path.cwd()))
    if said := restore_outputs(Path.cwd(), stage.__name__, was_made):
        _say(said)


def _say(text: str) -> None:
    """A line to stderr, if anybody still listens: DVC may have ended."""
    with contextlib.suppress(OSError):
        warn(text)
