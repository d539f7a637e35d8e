"""The inputs of a training -> the folder of checkpoints that it may go on from, and no other."""

import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
from pydantic import BaseModel

from pipeline.artifacts import SPLITS, Artifacts, VectorsFiles
from pipeline.endings.finished import Finished, Trained, forget_taken
from pipeline.files import find_files, hash_file, whole_file
from pipeline.leftovers import remove_whole
from pipeline.progress import say
from pipeline.training.checkpoints import Checkpoints

FOLDER = "HEADWAY_CHECKPOINTS"
"""Tells DDP's other processes, which start the stage again, where the first one has its own."""
KEPT = 5
"""Trainings that were given up, the newest ones; what is older goes."""


@dataclass(frozen=True)
class Unfinished:
    """One training's checkpoints, what came of it, and what its run is known by."""

    checkpoints: Checkpoints
    home: Path | None = None
    """Where the checkpoints of all trainings lie; None for a training in a folder of its own."""

    @property
    def finished(self) -> Finished:
        """What is kept once it is over."""
        return Finished(self.checkpoints.folder)

    @property
    def token(self) -> str:
        """A text of its own, the same until it is finished, by which its run is found again."""
        path = self.checkpoints.folder / "token"
        if not path.is_file():
            with whole_file(path) as beside:
                beside.write_text(f"{uuid.uuid4().hex}\n", encoding="utf-8")
        return path.read_text(encoding="utf-8").strip()

    def make_room(self) -> None:
        """Let go what is needed least: trainings given up, and all checkpoints but the newest."""
        if self.home is not None:
            _forget_old(self.home, self.checkpoints.folder.name, kept=0)
        self.checkpoints.make_room()

    def hand_over(self, artifacts: Artifacts) -> bool:
        """Whether all was done before, for a DVC that was killed: then data/model is put back."""
        if self.home is not None:
            forget_taken(self.home.parent, artifacts)
            self.checkpoints.folder.mkdir(exist_ok=True)
        trained = self.finished.load()
        if trained is None or not trained.is_recorded:
            return False
        say("the training was finished when DVC was killed: it is handed over")
        self.finished.put(artifacts.model)
        return True

    def finish(self, trained: Trained) -> None:
        """The run has ended. What was made is kept until DVC has taken it, if DVC is there."""
        if "DVC_STAGE" not in os.environ:
            self.finished.forget()
            return
        self.finished.record(trained)
        self.checkpoints.clear()


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
            yield from _announced(Unfinished(Checkpoints(Path(alone))))
        return
    try:
        _forget_old(home, key)
        (home / key).mkdir(exist_ok=True)
        yield from _announced(Unfinished(Checkpoints(home / key), home))
    finally:
        lock.release()


def training_key(
    artifacts: Artifacts, params: Sequence[BaseModel | int], environment: Mapping[str, str]
) -> str:
    """A hash of all that a training's bits depend on: data, code, parameters, environment.

    `environment` is what a run's record says of the machine and of the installed versions.
    """
    inputs = {
        "files": [
            (path.relative_to(artifacts.root).as_posix(), hash_file(path))
            for path in find_files(artifacts.root, CODE + DATA)
        ],
        "params": [p.model_dump() if isinstance(p, BaseModel) else p for p in params],
        "environment": dict(environment),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


CODE = ("pipeline/**/*.py", "stages/*.py", "requirements.lock")
"""All code and the versions of packages, as patterns below the project's folder."""
HERE = Artifacts(Path())
DATA = (
    *(HERE.corpus_split(split).as_posix() for split in SPLITS),
    f"{HERE.tokens.as_posix()}/**/*",
    VectorsFiles(HERE.vectors).table.as_posix(),
)
"""What a training reads, as such patterns."""


def _announced(unfinished: Unfinished) -> Iterator[Unfinished]:
    os.environ[FOLDER] = str(unfinished.checkpoints.folder)
    try:
        yield unfinished
    finally:
        del os.environ[FOLDER]


def _forget_old(home: Path, key: str, kept: int = KEPT) -> None:
    """Remove the folders of trainings given up long ago; one in use is locked, and stays."""
    others = [path for path in home.iterdir() if path.is_dir() and path.name != key]
    for path in sorted(others, key=lambda it: it.stat().st_mtime, reverse=True)[kept:]:
        try:
            with filelock.FileLock(home / f"{path.name}.lock", timeout=0):
                remove_whole(path)
        except filelock.Timeout:
            continue
