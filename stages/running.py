"""How every stage starts and ends: parameters in, seconds noted, one line for a person's error."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

from pipeline.artifacts import Artifacts, whole_file
from pipeline.params import Params, read_params

Stage = Callable[[Params, Artifacts], None]

FULL_DISK = ("No space left on device", "Disk quota exceeded", "disk is full")
"""How the system and SQLite say it; libraries in Rust pass on the words without the number."""


def run_stage(stage: Stage) -> None:
    """Run a stage in the current folder; on an error, say it and put the old outputs back."""
    artifacts = Artifacts(Path.cwd())
    start = time.perf_counter()
    try:
        stage(read_params(artifacts.params), artifacts)
        note_seconds(artifacts, stage.__name__, time.perf_counter() - start)
    except KeyboardInterrupt:
        _stop(stage, "interrupted", status=130)
    except Exception as error:
        message = explain(error)
        if message is None:
            _restore_outputs(stage)
            raise
        _stop(stage, message, status=1)


def explain(error: Exception) -> str | None:
    """What a person needs to know of an error; None for a fault in the code: show where it is."""
    if any(_is_full_disk(link) for link in _chain(error)):
        places = {str(Path.cwd()), tempfile.gettempdir()}
        free = ", ".join(f"{_free_megabytes(place)} MB in {place}" for place in sorted(places))
        return f"the disk is full (free: {free}): make room and run `dvc repro` again"
    return str(error) if isinstance(error, ValueError | OSError) else None


def note_seconds(artifacts: Artifacts, verb: str, seconds: float) -> None:
    """Keep how long a stage took, beside the outputs: DVC's outputs must not change with it."""
    path = artifacts.private / "seconds.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_suffix(".lock")):  # two stages may end at the same time
        known = json.loads(path.read_text()) if path.is_file() else {}
        with whole_file(path) as beside:
            beside.write_text(json.dumps(known | {verb: round(seconds, 2)}, indent=2) + "\n")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _is_full_disk(error: BaseException) -> bool:
    number = getattr(error, "errno", None)
    return number in (errno.ENOSPC, errno.EDQUOT) or any(text in str(error) for text in FULL_DISK)


def _free_megabytes(place: str) -> int:
    return shutil.disk_usage(place).free // 2**20


def _stop(stage: Stage, message: str, status: int) -> None:
    print(f"error: {stage.__name__}: {message}", file=sys.stderr, flush=True)
    _restore_outputs(stage)
    sys.exit(status)


def _restore_outputs(stage: Stage) -> None:
    """DVC removes a stage's outputs before it runs it: fetch the last good ones from its cache."""
    name = os.environ.get("DVC_STAGE")
    if name is None or not _was_made(name):
        return
    checkout = [sys.executable, "-m", "dvc", "checkout", "--quiet", "--force", name]
    done = subprocess.run(checkout, capture_output=True, check=False)
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
