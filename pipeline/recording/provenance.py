"""Where a run comes from: code as tags; parameters, versions and data by hash."""

import getpass
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.recording.changes import NONE, git, git_commit, uncommitted_changes
from pipeline.recording.hashes import INPUTS, FileHash, file_hashes
from pipeline.recording.trial import trial_tags

EXPERIMENT_TAG = "headway.dvc_experiment"


@dataclass(frozen=True)
class Origin:
    """What a run is made from, as it was when the stage began."""

    commit: str
    patch: bytes | None
    """What the working tree holds beside the commit; None where git cannot tell."""
    inputs: dict[str, FileHash]
    """Code, parameters, versions and a person's own data, by path."""
    tags: dict[str, str]
    """The code in short, for the list of runs; "none" for what there is not."""


def origin_of(root: Path) -> Origin:
    """What a run is made from that begins now.

    The tree counts as dirty if the patch is not empty: dvc.lock, which DVC writes between stages,
    is no part of it. The environment is no part of the tags: the run's record has it.
    """
    commit, patch = git_commit(root), uncommitted_changes(root)
    tags = _code(root, commit, patch) | _experiment() | trial_tags()
    return Origin(commit, patch, file_hashes(root, INPUTS), tags)


def _code(root: Path, commit: str, patch: bytes | None) -> dict[str, str]:
    tags = {
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.branch": git(root, "symbolic-ref", "--short", "--quiet", "HEAD") or NONE,
        "headway.git_dirty": NONE if patch is None else str(bool(patch)).lower(),
        "mlflow.source.type": "LOCAL",
        "mlflow.user": _user(),
    }
    stage = os.environ.get("DVC_STAGE")
    return {**tags, "mlflow.source.name": f"dvc.yaml:{stage}" if stage else "headway"}


def _experiment() -> dict[str, str]:
    """Of DVC's, where it is one."""
    names = {EXPERIMENT_TAG: "DVC_EXP_NAME", "headway.dvc_baseline": "DVC_EXP_BASELINE_REV"}
    return {tag: os.environ[it] for tag, it in names.items() if os.environ.get(it)}


def cores() -> int:
    """The processors that this process may use."""
    has_own = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if has_own else os.cpu_count() or 1


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return NONE
