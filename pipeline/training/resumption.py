"""The inputs of a training -> the folder of checkpoints that it may go on from, and no other."""

import hashlib
import json
import os
import platform
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import filelock
from pydantic import BaseModel

from pipeline.artifacts import Artifacts, find_files, hash_file, whole_file
from pipeline.training.checkpoints import Checkpoints

FOLDER = "HEADWAY_CHECKPOINTS"
"""Tells DDP's other processes, which start the stage again, where the first one has its own."""
KEPT = 5
"""Trainings that were given up, the newest ones; what is older goes."""


@dataclass(frozen=True)
class Unfinished:
    """One training's checkpoints, and what its run is known by."""

    checkpoints: Checkpoints

    @property
    def token(self) -> str:
        """A text of its own, the same until it is finished, by which its run is found again."""
        path = self.checkpoints.folder / "token"
        if not path.is_file():
            with whole_file(path) as beside:
                beside.write_text(f"{uuid.uuid4().hex}\n", encoding="utf-8")
        return path.read_text(encoding="utf-8").strip()

    def finish(self) -> None:
        """The training is over and its outputs are written: nothing will go on from here."""
        shutil.rmtree(self.checkpoints.folder, ignore_errors=True)


@contextmanager
def unfinished_training(private: Path, key: str) -> Iterator[Unfinished]:
    """Checkpoints below the private folder, by the hash of the inputs, for this process alone.

    Where another process trains on the same inputs at the moment, this one begins anew in a
    folder of its own.
    """
    if given := os.environ.get(FOLDER):
        yield Unfinished(Checkpoints(Path(given)))
        return
    home = private / "checkpoints"
    home.mkdir(parents=True, exist_ok=True)
    try:
        lock = filelock.FileLock(home / f"{key}.lock", timeout=0)
        lock.acquire()
    except filelock.Timeout:
        with tempfile.TemporaryDirectory() as alone:
            yield from _announced(Path(alone))
        return
    try:
        _forget_old(home, key)
        (home / key).mkdir(exist_ok=True)
        yield from _announced(home / key)
    finally:
        lock.release()


def training_key(artifacts: Artifacts, params: Sequence[BaseModel | int]) -> str:
    """A hash of all that a training's bits depend on: data, code, parameters, versions, machine."""
    inputs = {
        "files": [
            (path.relative_to(artifacts.root).as_posix(), hash_file(path))
            for path in find_files(artifacts.root, CODE + DATA)
        ],
        "params": [p.model_dump() if isinstance(p, BaseModel) else p for p in params],
        "versions": {name: version(name) for name in ("numpy", "pytorch-lightning", "torch")},
        "machine": [platform.python_version(), platform.machine(), platform.processor()],
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


CODE = ("pipeline/**/*.py", "stages/*.py", "requirements.lock")
DATA = ("data/tokens/**/*", "data/vectors/table.safetensors")


def _announced(folder: Path) -> Iterator[Unfinished]:
    os.environ[FOLDER] = str(folder)
    try:
        yield Unfinished(Checkpoints(folder))
    finally:
        del os.environ[FOLDER]


def _forget_old(home: Path, key: str) -> None:
    """Remove the folders of trainings given up long ago; one in use is locked, and stays."""
    others = [path for path in home.iterdir() if path.is_dir() and path.name != key]
    for path in sorted(others, key=lambda it: it.stat().st_mtime, reverse=True)[KEPT:]:
        try:
            with filelock.FileLock(home / f"{path.name}.lock", timeout=0):
                shutil.rmtree(path, ignore_errors=True)
        except filelock.Timeout:
            continue
