"""How every stage starts and ends: parameters in, seconds noted, one clear line for a person's error."""

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.artifacts import Artifacts, whole_file
from pipeline.params import Params, read_params

Stage = Callable[[Params, Artifacts], None]


def run_stage(stage: Stage) -> None:
    """Run a stage in the current folder; on an error, say it and put the old outputs back."""
    artifacts = Artifacts(Path.cwd())
    start = time.perf_counter()
    try:
        stage(read_params(artifacts.params), artifacts)
        note_seconds(artifacts, stage.__name__, time.perf_counter() - start)
    except KeyboardInterrupt:
        _stop(stage, "interrupted", status=130)
    except (ValueError, OSError) as error:
        _stop(stage, explain(error), status=1)


def explain(error: Exception) -> str:
    """What a person needs to know of an error."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        where = f" ({error.filename})" if error.filename else ""
        return f"the disk is full{where}: free some space and run `dvc repro` again"
    return str(error)


def note_seconds(artifacts: Artifacts, verb: str, seconds: float) -> None:
    """Keep how long a stage took, beside the outputs: DVC's outputs must not change with it."""
    path = artifacts.private / "seconds.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    with whole_file(path) as beside:
        beside.write_text(json.dumps(known | {verb: round(seconds, 2)}, indent=2) + "\n")


def _stop(stage: Stage, message: str, status: int) -> None:
    print(f"error: {stage.__name__}: {message}", file=sys.stderr, flush=True)
    if _restore_outputs():
        print(f"The outputs that {stage.__name__} made last time are back in place.", file=sys.stderr)
    sys.exit(status)


def _restore_outputs() -> bool:
    """DVC removes a stage's outputs before it runs it: fetch the last good ones from its cache."""
    name = os.environ.get("DVC_STAGE")
    if name is None or not Path("dvc.lock").is_file():
        return False
    checkout = [sys.executable, "-m", "dvc", "checkout", "--quiet", "--force", name]
    return subprocess.run(checkout, capture_output=True, check=False).returncode == 0
