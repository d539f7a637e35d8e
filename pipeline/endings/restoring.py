"""After a stage that did not end well: the outputs that it made last time, out of DVC's cache."""

import re
import signal
import subprocess
import sys
from pathlib import Path

from pipeline import programs
from pipeline.endings.dvc_files import broken_files
from pipeline.params.yaml_file import read_yaml


def restore_outputs(root: Path, stage: str, was_made_here: bool) -> str | None:
    """Put back what DVC removed before it ran the stage, and say so; None where nothing was.

    In a new clone dvc.lock tells of another folder: what was never made here cannot be missed.
    Neither a second Ctrl-C nor a second SIGTERM stops it half way: from here on both are ignored.
    """
    if not _was_made(root, stage):
        return None
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    checkout = [sys.executable, "-m", "dvc", "checkout", "--quiet", "--force", stage]
    done = subprocess.run(
        checkout, cwd=root, env=programs.environment(), capture_output=True, check=False,
        start_new_session=True,
    )  # fmt: skip
    if done.returncode == 0:
        return f"The outputs that {stage} made last time are back in place."
    if not was_made_here:
        return None
    broken = "; ".join(map(str, broken_files(root)))
    return (
        f"The outputs that {stage} made last time could not be put back: "
        f"{broken or f'`dvc checkout {stage}` says why'}."
    )


def size_last_time(root: Path, stage: str) -> int | None:
    """The bytes of what a stage made last time, where DVC's record can be read."""
    try:
        stages = read_yaml(root / "dvc.lock")["stages"]
        return sum(int(out["size"]) for out in stages[stage]["outs"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _was_made(root: Path, stage: str) -> bool:
    """Whether DVC has a record of the stage's outputs."""
    lock = root / "dvc.lock"
    if not lock.is_file():
        return False
    text = lock.read_text(encoding="utf-8", errors="replace")
    return bool(re.search(rf"(?m)^  {re.escape(stage)}:$", text)) or bool(broken_files(root))
