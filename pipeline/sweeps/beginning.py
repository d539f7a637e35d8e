"""The code that all trials of a sweep have: a commit that holds the working tree as it was."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import programs
from pipeline.files import find_files, hash_file
from pipeline.recording.changes import NONE, git_commit, uncommitted_changes

SOURCE = "data/source/**/*"


@dataclass(frozen=True)
class Base:
    """What a sweep began with."""

    commit: str
    """The commit that was checked out: DVC keeps experiments by it."""
    tree: str
    """A commit of all that git tracks, and of untracked code, as it lay in the working tree."""

    @classmethod
    def here(cls, root: Path) -> "Base":
        """The working tree as it is now.

        Raises:
            ValueError: git cannot say.
        """
        commit, patch = git_commit(root), uncommitted_changes(root)
        if commit == NONE or patch is None:
            raise ValueError(
                f"a sweep keeps its trials as DVC experiments of a commit, and {root} has none: "
                f"`git init` and `git commit` first"
            )
        return cls(commit, _committed(root, commit, patch) if patch else commit)


def data_of(root: Path) -> dict[str, str]:
    """The hashes of a person's own data, by path."""
    return {
        path.relative_to(root).as_posix(): hash_file(path) for path in find_files(root, [SOURCE])
    }


def git(
    root: Path,
    *arguments: str,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What git prints, started without hooks.

    In a session of its own: whoever kills the sweep with all that it started leaves no lock of git.

    Raises:
        ValueError: it fails; the message is git's last line.
    """
    settings = ["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false",
                "-c", "gc.auto=0", "-c", "maintenance.auto=false"]  # fmt: skip
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=root, env=programs.environment(**(environment or {})),
        input=given, capture_output=True, check=False, start_new_session=True,
    )  # fmt: skip
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        told = lines[-1] if lines else f"exit status {done.returncode}"
        raise ValueError(f"git {arguments[0]} failed: {told}")
    return done.stdout.decode().strip()


def identity(root: Path) -> dict[str, str]:
    """Who commits: as git is told, or Headway itself where git does not know."""
    known = {**_config(root, "user.name"), **_config(root, "user.email")}
    name, email = known.get("user.name", "headway"), known.get("user.email", "headway@localhost")
    return {
        "GIT_AUTHOR_NAME": os.environ.get("GIT_AUTHOR_NAME", name),
        "GIT_AUTHOR_EMAIL": os.environ.get("GIT_AUTHOR_EMAIL", email),
        "GIT_COMMITTER_NAME": os.environ.get("GIT_COMMITTER_NAME", name),
        "GIT_COMMITTER_EMAIL": os.environ.get("GIT_COMMITTER_EMAIL", email),
    }


def _config(root: Path, key: str) -> dict[str, str]:
    try:
        return {key: git(root, "config", key)}
    except ValueError:
        return {}


def _committed(root: Path, commit: str, patch: bytes) -> str:
    """The commit with the patch on it, as a commit that no branch has; the index stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        aside = {"GIT_INDEX_FILE": f"{folder}/index"}
        git(root, "read-tree", commit, environment=aside)
        git(
            root,
            "apply",
            "--cached",
            "--binary",
            "--whitespace=nowarn",
            given=patch,
            environment=aside,
        )
        tree = git(root, "write-tree", environment=aside)
    message = "what a sweep began with"
    return git(root, "commit-tree", tree, "-p", commit, "-m", message, environment=identity(root))
