"""How every stage starts and ends: parameters in, seconds noted, one line for a person's error."""

import ctypes
import errno
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock

from pipeline import programs
from pipeline.artifacts import Artifacts, require_usable_name, whole_file
from pipeline.params import Params, read_params
from pipeline.streams import print_any_letter

Stage = Callable[[Params, Artifacts], None]

FULL_DISK = ("No space left on device", "Disk quota exceeded", "disk is full")
"""How the system and SQLite say it; libraries in Rust pass on the words without the number."""


@dataclass(frozen=True)
class Failure:
    """Why a stage did not end well."""

    message: str
    status: int


def run_stage(stage: Stage) -> None:
    """Run a stage in the current folder; on an error, say it and put the old outputs back."""
    # Threads that wait for each other soon sleep instead of spinning: with a core busy elsewhere,
    # spinning made training 30 times slower. GNU's OpenMP reads this when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    keep_freed_memory()
    print_any_letter()
    failure = _attempt(stage)
    # Only now are the files closed that the error's traceback held open: a deleted file takes room
    # on the disk until then, and the old outputs may need it.
    if failure:
        print(f"error: {stage.__name__}: {failure.message}", file=sys.stderr, flush=True)
        _restore_outputs(stage)
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


def _attempt(stage: Stage) -> Failure | None:
    """Run the stage. A fault in the code is raised on, so that it shows where it is."""
    artifacts = Artifacts(Path.cwd())
    start = time.perf_counter()
    try:
        require_usable_name(artifacts.root)
        stage(read_params(artifacts.params), artifacts)
        note_seconds(artifacts, stage.__name__, time.perf_counter() - start)
    except KeyboardInterrupt:
        return Failure("interrupted", status=130)
    except Exception as error:
        message = explain(error)
        if message is None:
            _restore_outputs(stage)
            raise
        return Failure(message, status=1)
    return None


def explain(error: Exception) -> str | None:
    """What a person needs to know of an error; None where it is a fault in the code."""
    full = [link for link in _chain(error) if _is_full_disk(link)]
    if full:
        said = " ".join(str(full[-1]).split())
        return (
            f"the disk is full ({said}): make room in this folder, or in {tempfile.gettempdir()} "
            f"for temporary files, and run `dvc repro` again"
        )
    return str(error) if isinstance(error, ValueError | OSError) else None


def note_seconds(artifacts: Artifacts, verb: str, seconds: float) -> None:
    """Keep how long a stage took, beside the outputs: DVC's outputs must not change with it."""
    path = artifacts.private / "seconds.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_suffix(".lock")):  # two stages may end at the same time
        known = _known_seconds(artifacts) | {verb: round(seconds, 2)}
        with whole_file(path) as beside:
            beside.write_text(json.dumps(known, indent=2) + "\n")


def _known_seconds(artifacts: Artifacts) -> dict[str, float]:
    """How long each stage took that ever ended well in this folder."""
    path = artifacts.private / "seconds.json"
    known: dict[str, float] = json.loads(path.read_text()) if path.is_file() else {}
    return known


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _is_full_disk(error: BaseException) -> bool:
    number = getattr(error, "errno", None)
    return number in (errno.ENOSPC, errno.EDQUOT) or any(text in str(error) for text in FULL_DISK)


def _restore_outputs(stage: Stage) -> None:
    """DVC removes a stage's outputs before it runs it: fetch the last good ones from its cache."""
    name = os.environ.get("DVC_STAGE")
    if name is None or not _was_made(name):
        return
    checkout = [sys.executable, "-m", "dvc", "checkout", "--quiet", "--force", name]
    done = subprocess.run(checkout, env=programs.environment(), capture_output=True, check=False)
    if done.returncode and stage.__name__ not in _known_seconds(Artifacts(Path.cwd())):
        return  # a new clone: the lock tells of another folder, and nothing was ever made here
    said = (
        f"The outputs that {stage.__name__} made last time are back in place."
        if done.returncode == 0
        else f"The outputs that {stage.__name__} made last time could not be put back: "
        f"`dvc checkout {name}` says why."
    )
    print(said, file=sys.stderr, flush=True)


def _was_made(name: str) -> bool:
    """Whether DVC has a record of the stage's outputs."""
    lock = Path("dvc.lock")
    return lock.is_file() and bool(re.search(rf"(?m)^  {re.escape(name)}:$", lock.read_text()))
