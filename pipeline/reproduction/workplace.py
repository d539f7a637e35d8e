"""A record -> a tree outside the user's, with the code, the parameters and the data of the run."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline import programs
from pipeline.artifacts import Artifacts
from pipeline.files import find_files
from pipeline.recording.changes import NONE
from pipeline.recording.hashes import INPUTS, FileHash, file_hashes, hash_content
from pipeline.reproduction.cache import Cache
from pipeline.runs.fetching import Kept
from pipeline.tracking.store import project_of

SOURCE = "data/source/"


@dataclass(frozen=True)
class Upstream:
    """An input that is not what the record says."""

    path: str
    what: str
    """In words."""

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def make_workplace(kept: Kept, root: Path, tree: Path) -> None:
    """Check the run's commit out into `tree` and apply its patch; `root` stays as it is.

    Raises:
        ValueError: the commit is not there, or the patch does not apply.
    """
    commit = kept.record.commit
    if commit == NONE:
        raise ValueError(
            f"{kept.name} was made outside a git repository, so its code is not known: commit the "
            f"code, and run it again"
        )
    if _git(root, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
        raise ValueError(
            f"expected the commit {commit} that {kept.name} was made from, found none in this "
            f"repository: fetch it (`git fetch --all`, or `git fetch origin {commit}`), or use "
            f"the run's bundle"
        )
    # Objects are shared, not copied, and nothing is written to the user's repository.
    cloned = _git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(tree))
    done = cloned if cloned.returncode else _git(tree, "checkout", "--quiet", "--detach", commit)
    if done.returncode:
        raise ValueError(f"git could not check out {commit}: {_last_line(done)}")
    if kept.patch:
        patch = tree / ".git" / "changes.patch"
        patch.write_bytes(kept.patch)
        applied = _git(tree, "apply", "--binary", "--whitespace=nowarn", str(patch))
        if applied.returncode:
            raise ValueError(
                f"the uncommitted changes that were there when {kept.name} was made do not apply "
                f"to {commit} ({_last_line(applied)}): was that patch of the run changed? "
                f"`headway verify {kept.run_id[:8]}` says so"
            )


def bring_data(kept: Kept, root: Path | None, tree: Path) -> None:
    """Put the run's own data into the tree: by its hash from the user's tree or DVC's cache.

    Where neither has it, what lies in the user's tree now, for `differing_inputs` to name. What was
    downloaded for the user's tree serves this one too.
    """
    wanted = {p: h for p, h in kept.record.inputs.items() if p.startswith(SOURCE)}
    for extra in find_files(tree, [f"{SOURCE}**/*"]):
        if extra.relative_to(tree).as_posix() not in wanted:
            extra.unlink()
    cache = Cache.of(root) if root else None
    for path, expected in wanted.items():
        place = tree / path
        choices = [place, root / path if root else None, cache.path(expected) if cache else None]
        there = [choice for choice in choices if choice and choice.is_file()]
        right = [it for it in there if hash_content(it) == expected]
        if chosen := (right or there[:1]):
            place.parent.mkdir(parents=True, exist_ok=True)
            if chosen[0] != place:
                shutil.copyfile(chosen[0], place)
    if root:
        downloads = Artifacts(project_of(root)).private / "downloads"
        if downloads.is_dir():
            link = Artifacts(tree).private / "downloads"
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(downloads, target_is_directory=True)


def differing_inputs(kept: Kept, tree: Path) -> list[Upstream]:
    """What the tree could not be given as the record has it."""
    expected, found = kept.record.inputs, file_hashes(tree, INPUTS)
    return [
        Upstream(path, _difference(expected.get(path), found.get(path)))
        for path in sorted(expected.keys() | found.keys())
        if expected.get(path) != found.get(path)
    ]


def run_stage(verb: str, tree: Path) -> None:
    """Run a stage in the tree, with its own store of runs; its bar and errors are shown.

    Raises:
        ValueError: the stage failed.
    """
    foreign = ("DVC_", "MLFLOW_", "HEADWAY_", "PYTHON")
    inherited = programs.environment()
    own = {name: value for name, value in inherited.items() if not name.startswith(foreign)}
    command = [sys.executable, "-m", f"stages.{verb}"]
    done = subprocess.run(command, cwd=tree, env=own, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise ValueError(
            f"the stage {verb} failed in the reproduction (exit status {done.returncode}): its "
            f"reason stands above"
        )


def _difference(expected: FileHash | None, found: FileHash | None) -> str:
    if found is None:
        return "it is missing"
    if expected is None:
        return "the run had no such file"
    return f"expected sha256 {expected.sha256[:12]}..., found {found.sha256[:12]}..."


def _git(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Git without hooks and without locks in the repository that is read."""
    settings = ["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false"]
    command = ["git", "--no-optional-locks", *settings, *arguments]
    return subprocess.run(
        command, cwd=root, env=programs.environment(), capture_output=True, text=True, check=False
    )


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]


def files_of(tree: Path) -> Iterator[Path]:
    """The tree's code: all that git does not ignore, without data/."""
    listed = _git(tree, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.stdout.split("\0")):
        if not name.startswith("data/") and (tree / name).is_file():
            yield tree / name
