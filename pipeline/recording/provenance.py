"""Where a run comes from: code, data pipeline, versions and machine, as tags."""

import getpass
import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.files import hash_file
from pipeline.recording.changes import NONE, git, git_commit, uncommitted_changes
from pipeline.recording.environment import processor
from pipeline.recording.hashes import INPUTS, FileHash, file_hashes
from pipeline.recording.trial import trial_tags

PACKAGES = (
    "torch",
    "pytorch-lightning",
    "mlflow",
    "dvc",
    "tokenizers",
    "datasets",
    "numpy",
)
"""Packages whose version can change a result or its record."""


@dataclass(frozen=True)
class Origin:
    """What a run is made from, as it was when the stage began."""

    commit: str
    patch: bytes | None
    """What the working tree holds beside the commit; None where git cannot tell."""
    inputs: dict[str, FileHash]
    """Code, parameters, versions and a person's own data, by path."""
    tags: dict[str, str]
    """All of it in short, for the list of runs; "none" for what there is not."""


def origin_of(root: Path) -> Origin:
    """What a run is made from that begins now.

    The tree counts as dirty if the patch is not empty: dvc.lock, which DVC writes between stages,
    is no part of it. The device and the processor's vector width are the caller's to add, who has
    torch loaded.
    """
    commit, patch = git_commit(root), uncommitted_changes(root)
    tags = {**_code(root, commit, patch), **_pipeline(), **_versions(), **_machine()}
    return Origin(commit, patch, file_hashes(root, INPUTS), tags | _inputs(root) | trial_tags())


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


def _pipeline() -> dict[str, str]:
    return {
        "headway.dvc_experiment": os.environ.get("DVC_EXP_NAME") or NONE,
        "headway.dvc_baseline": os.environ.get("DVC_EXP_BASELINE_REV") or NONE,
    }


def _versions() -> dict[str, str]:
    tags = {"headway.version.python": platform.python_version()}
    for package in PACKAGES:
        try:
            tags[f"headway.version.{package}"] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            tags[f"headway.version.{package}"] = NONE
    return tags


def _machine() -> dict[str, str]:
    return {
        "headway.platform": platform.platform(),
        "headway.processor": processor(),
        "headway.cores": str(cores()),
    }


def cores() -> int:
    """The processors that this process may use."""
    has_own = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if has_own else os.cpu_count() or 1


def _inputs(root: Path) -> dict[str, str]:
    artifacts = Artifacts(root)
    return {
        "headway.lock_sha256": _sha256(artifacts.lock),
        "headway.params_sha256": _sha256(artifacts.params),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return NONE


def _sha256(path: Path) -> str:
    return hash_file(path) if path.is_file() else NONE
