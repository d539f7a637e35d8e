"""States of a training <-> files that outlive a killed process, a full disk and a power cut."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.endings.full_disk import is_full_disk, mebibytes
from pipeline.files import whole_file
from pipeline.progress import warn
from pipeline.training.state import State, from_bytes, to_bytes

KEPT = 2
"""The newest, and the one before it, in case the newest is damaged."""
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Checkpoints:
    """A folder of checkpoints of one training: `<epoch>-<step>-<sha256>.safetensors`."""

    folder: Path

    def save(self, state: State) -> None:
        """Write the state to the disk, whole, and let older ones go; first where it is full.

        Where there is still no room, a line says so, and the training goes on without.
        """
        content = to_bytes(state)
        digest = hashlib.sha256(content).hexdigest()
        at = state.progress
        path = self.folder / f"{at.epoch:06d}-{at.step:09d}-{digest}{SUFFIX}"
        if not (_write(path, content) or (self.make_room() and _write(path, content))):
            warn(f"no checkpoint at {at}: the disk is full, {mebibytes(len(content))} are needed")
        for old in self._paths()[KEPT:]:
            old.unlink(missing_ok=True)

    def make_room(self) -> bool:
        """Let all go but the newest; whether there were any to let go."""
        older = self._paths()[1:]
        for path in older:
            path.unlink(missing_ok=True)
        return bool(older)

    def clear(self) -> None:
        """Let all of them go."""
        for path in self._paths():
            path.unlink(missing_ok=True)

    def newest(self) -> State | None:
        """The newest state that is as it was written; a line names each one that is not."""
        for path in self._paths():
            try:
                return _read(path)
            except (OSError, ValueError) as error:
                warn(
                    f"the checkpoint {path} is damaged ({error}): it is left out, and the one "
                    f"before it is looked for"
                )
        return None

    def _paths(self) -> list[Path]:
        """The newest first; files that are still being written begin with a dot."""
        return sorted(self.folder.glob(f"[0-9]*{SUFFIX}"), reverse=True)


def _write(path: Path, content: bytes) -> bool:
    """Whether there was room for it."""
    try:
        with whole_file(path) as beside, beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if not is_full_disk(error):
            raise
        return False
    return True


def _read(path: Path) -> State:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    expected = path.stem.rpartition("-")[2]
    if found != expected:
        raise ValueError(f"expected sha256 {expected[:12]}..., found {found[:12]}...")
    return from_bytes(content)
