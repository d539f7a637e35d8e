"""States of a training <-> files that outlive a killed process, a full disk and a power cut."""

import os
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from pipeline.endings.full_disk import is_full_disk, mebibytes
from pipeline.files import hash_file, whole_file
from pipeline.progress import warn
from pipeline.training.state import State, read_state, write_state

KEPT = 2
"""The newest, and the one before it, in case the newest is damaged."""
SUFFIX = ".safetensors"
UNNAMED = f"unnamed{SUFFIX}"
"""What is written whole, until its hash is known."""


@dataclass(frozen=True)
class Checkpoints:
    """A folder of checkpoints of one training: `<epoch>-<step>-<sha256>.safetensors`."""

    folder: Path

    def save(self, state: State) -> None:
        """Write the state to the disk, whole, and let older ones go; first where it is full.

        Where there is still no room, a line says so, and the training goes on without.
        """
        if not (self._write(state) or (self.make_room() and self._write(state))):
            needed = mebibytes(state.n_bytes)
            warn(f"no checkpoint at {state.progress}: the disk is full, {needed} are needed")
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
        for path in (*self._paths(), self.folder / UNNAMED):
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

    def _write(self, state: State) -> bool:
        """Whether there was room for it."""
        at, unnamed = state.progress, self.folder / UNNAMED
        try:
            with whole_file(unnamed) as beside:
                write_state(state, beside)
                with beside.open("rb") as file:
                    os.fsync(file.fileno())
        except (OSError, SafetensorError) as error:
            if not is_full_disk(error):
                raise
            return False
        digest = hash_file(unnamed)
        unnamed.rename(self.folder / f"{at.epoch:06d}-{at.step:09d}-{digest}{SUFFIX}")
        return True


def _read(path: Path) -> State:
    found, expected = hash_file(path), path.stem.rpartition("-")[2]
    if found != expected:
        raise ValueError(f"expected sha256 {expected[:12]}..., found {found[:12]}...")
    return read_state(path)
