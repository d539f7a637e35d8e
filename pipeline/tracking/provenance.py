"""Where a run comes from: code, data pipeline, versions and machine, as tags."""

import getpass
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

from pipeline.artifacts import Artifacts, hash_file

NONE = "none"

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


def provenance(root: Path) -> dict[str, str]:
    """Tags that say what a run was made with; "none" for what there is not.

    The tree counts as dirty as `git status` sees it, untracked files included. While
    `dvc repro` runs, that holds of nearly every tree: DVC writes dvc.lock between stages.
    The device and the processor's vector width are the caller's to add, who has torch loaded.
    """
    return {**_code(root), **_pipeline(), **_versions(), **_machine(), **_inputs(root)}


def git_commit(root: Path) -> str:
    """The commit that is checked out, or "none"."""
    return _git(root, "rev-parse", "--verify", "--quiet", "HEAD") or NONE


def _code(root: Path) -> dict[str, str]:
    status = _git(root, "status", "--porcelain")
    tags = {
        "mlflow.source.git.commit": git_commit(root),
        "mlflow.source.git.branch": _git(root, "symbolic-ref", "--short", "--quiet", "HEAD")
        or NONE,
        "headway.git_dirty": NONE if status is None else str(bool(status)).lower(),
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
        "headway.processor": _processor(),
        "headway.cores": str(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        ),
    }


def _inputs(root: Path) -> dict[str, str]:
    artifacts = Artifacts(root)
    return {
        "headway.lock_sha256": _sha256(artifacts.lock),
        "headway.params_sha256": _sha256(artifacts.params),
    }


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints, or None without git, without a repository, or without an answer."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    """The processor's model as Linux names it, else what the platform module knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine() or NONE


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return NONE


def _sha256(path: Path) -> str:
    return hash_file(path) if path.is_file() else NONE
