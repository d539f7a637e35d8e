"""What a working tree holds beside its commit -> a patch from which it can be made again."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from pipeline import programs

NONE = "none"
LEFT_OUT = (":(exclude)dvc.lock", ":(exclude)data")
"""What DVC writes while it runs, and what is known by its hash instead."""
CODE = ("*.py", "pipeline", "stages")
"""Files that git does not know yet, and that a stage may import or read."""


def git_commit(root: Path) -> str:
    """The commit that is checked out, or "none"."""
    return git(root, "rev-parse", "--verify", "--quiet", "HEAD") or NONE


def uncommitted_changes(root: Path) -> bytes | None:
    """The difference between the working tree and its commit, as `git apply` takes it.

    Tracked files and untracked code, without dvc.lock and data/. None without git or a commit;
    the repository and its index stay as they are.
    """
    index = git(root, "rev-parse", "--git-path", "index")
    objects = git(root, "rev-parse", "--git-path", "objects")
    if git_commit(root) == NONE or index is None or objects is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        aside = {
            "GIT_INDEX_FILE": f"{folder}/index",
            "GIT_OBJECT_DIRECTORY": f"{folder}/objects",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _listed((root / objects).resolve()),
        }
        Path(folder, "objects").mkdir()
        if (root / index).is_file():
            # With its time: git reads again what was changed within the second of that.
            shutil.copy2(root / index, aside["GIT_INDEX_FILE"])
        for pathspec in (("--update", "--", ".", *LEFT_OUT), ("--", *_present(root))):
            if git_bytes(root, ["add", *pathspec], aside) is None:
                return None
        return git_bytes(
            root, ["diff", "--cached", "--binary", "--no-color", "--no-ext-diff", "--no-textconv",
                   "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", "HEAD",
                   "--", ".", *LEFT_OUT], aside,
        )  # fmt: skip


def _listed(folder: Path) -> str:
    """A folder in git's list, in quotes: a colon would end it there."""
    escaped = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def git(root: Path, *arguments: str) -> str | None:
    """What git prints, or None without git, without a repository, or without an answer."""
    printed = git_bytes(root, list(arguments), {})
    return None if printed is None else printed.decode(errors="replace").removesuffix("\n")


def _present(root: Path) -> list[str]:
    """Untracked code; `git add` fails on a pathspec that matches nothing."""
    found = git_bytes(
        root, ["ls-files", "-z", "--others", "--exclude-standard", "--", *CODE, *LEFT_OUT], {}
    )
    return [path.decode() for path in (found or b"").split(b"\0") if path] or ["params.yaml"]


def git_bytes(root: Path, arguments: list[str], environment: dict[str, str]) -> bytes | None:
    """What git prints, with more in its environment; None where it fails."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=root,
            capture_output=True,
            check=False,
            timeout=60,
            env=programs.environment(**environment),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
