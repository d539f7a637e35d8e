"""A sweep's base -> a working copy for one trial, and what came of it -> a DVC experiment."""

import configparser
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from pipeline.artifacts import Artifacts
from pipeline.files import find_files
from pipeline.params.writing import write_params
from pipeline.sweeps.beginning import SOURCE, Base, git, identity

END_SECONDS = 60
"""How long what a killed sweep left running may take to end by itself."""


def make_tree(tree: Path, root: Path, base: Base, cache: Path, changes: Mapping[str, Any]) -> None:
    """A working copy of the base with other parameters, which shares DVC's cache with the project.

    Raises:
        ValueError: the base is not in the project's repository.
    """
    clear_tree(tree)
    tree.parent.mkdir(parents=True, exist_ok=True)
    git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(tree))
    git(tree, "checkout", "--quiet", "--detach", base.commit)
    if base.tree != base.commit:
        git(tree, "read-tree", "--reset", "-u", base.tree)
    write_params(tree / "params.yaml", tree / "params.yaml", changes)
    _share_cache(tree, root, cache)
    _bring_data(tree, root)


def clear_tree(tree: Path) -> None:
    """Remove a trial's working copy, after the end of what is still at work in it."""
    if tree.exists():
        _end_workers(tree)
        shutil.rmtree(tree, ignore_errors=True)


def keep_experiment(tree: Path, root: Path, base: Base, name: str) -> None:
    """Keep what the working copy holds as an experiment of DVC's, in the project's repository.

    As `dvc exp save` does, which takes seconds for it: a commit of what git tracks, on the commit
    that was checked out, under a ref of DVC's form.
    """
    git(tree, "add", "--update", "--", ".")
    git(tree, "add", "--", "dvc.lock", "params.yaml")
    written = git(tree, "write-tree")
    told = ["-p", base.commit, "-m", f"dvc: commit experiment {name}"]
    commit = git(tree, "commit-tree", written, *told, environment=identity(root))
    ref = f"refs/exps/{base.commit[:2]}/{base.commit[2:]}/{name}"
    git(tree, "update-ref", ref, commit)
    git(root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(tree), f"+{ref}:{ref}")


def _share_cache(tree: Path, root: Path, cache: Path) -> None:
    """The project's own settings of DVC, and its cache."""
    own = configparser.RawConfigParser(strict=False)
    # As configparser's manual says to keep capital letters; its types know a method only.
    own.optionxform = str  # type: ignore[assignment,method-assign]
    own.read(root / ".dvc/config.local", encoding="utf-8")
    if not own.has_section("cache"):
        own.add_section("cache")
    own.set("cache", "dir", str(cache))
    with (tree / ".dvc/config.local").open("w", encoding="utf-8") as file:
        own.write(file)


def _bring_data(tree: Path, root: Path) -> None:
    """A person's own data as it lies in the project, and what was downloaded for it."""
    for path in find_files(tree, [SOURCE]):
        path.unlink()
    for path in find_files(root, [SOURCE]):
        target = tree / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(path, target)
    downloads, link = Artifacts(root).private / "downloads", Artifacts(tree).private / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(downloads, target_is_directory=True)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:  # a disk that knows no links, or another disk
        shutil.copy2(source, target)


def _end_workers(tree: Path) -> None:
    """Wait for the processes that work in the folder, which end when their sweep does."""
    left = [it for it in psutil.process_iter() if _works_in(it, tree)]
    _, left = psutil.wait_procs(left, timeout=END_SECONDS)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=END_SECONDS)


def _works_in(process: psutil.Process, tree: Path) -> bool:
    try:
        return process.pid != os.getpid() and Path(process.cwd()).is_relative_to(tree)
    except (psutil.Error, OSError):
        return False
