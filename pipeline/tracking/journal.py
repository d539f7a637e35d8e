"""What could not be sent about a run: a file of messages, and copies of the files they name."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import filelock

from pipeline.artifacts import Artifacts
from pipeline.files import new_folder, whole_file
from pipeline.tracking.messages import (
    Message,
    Model,
    Picture,
    Upload,
    files_of,
    from_line,
    to_line,
)


@dataclass(frozen=True)
class Journal:
    """`.headway/unsent/<run_id>.jsonl` and, beside it, the folder <run_id> with copied files.

    The first line is the store's address, the others are messages in the order they were said.
    """

    folder: Path
    run_id: str
    uri: str

    @property
    def path(self) -> Path:
        """The file of messages."""
        return self.folder / f"{self.run_id}.jsonl"

    @property
    def files(self) -> Path:
        """The copies of files that messages name."""
        return self.folder / self.run_id

    def append(self, message: Message) -> Message:
        """Write the message down, and give it back with its file's copy in place of the file.

        Raises:
            OSError: the disk is full, or may not be written to; the journal is as it was.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self._with_copy(message)
        size = self.path.stat().st_size if self.path.exists() else 0
        line = to_line(kept) if size else f"{self.uri}\n{to_line(kept)}"
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(line)
        except OSError:
            with contextlib.suppress(OSError):
                os.truncate(self.path, size)  # half a line would join the next one
            raise
        return kept

    def rewrite(self, messages: Sequence[Message]) -> None:
        """Keep these messages alone, or, when there are none, nothing at all.

        Files go last: a kill before that must leave none that a message still names.
        """
        if messages:
            with whole_file(self.path) as beside:
                lines = [f"{self.uri}\n", *(to_line(message) for message in messages)]
                beside.write_text("".join(lines), encoding="utf-8")
            self._forget_files({path for message in messages if (path := files_of(message))})
            return
        self.path.unlink(missing_ok=True)
        shutil.rmtree(self.files, ignore_errors=True)

    def read(self) -> list[Message]:
        """All messages, none where all were sent.

        Half a last line, from a process killed while it wrote, is left out.

        Raises:
            ValueError: a line is no message; the error names the file and the line.
        """
        if not self.path.exists():
            return []
        whole = self.path.read_text(encoding="utf-8").rpartition("\n")[0].split("\n")
        messages = []
        for number, line in enumerate(whole[1:], start=2):
            try:
                messages.append(from_line(line))
            except ValueError as error:
                raise ValueError(f"{self.path}, line {number}: {error}") from None
        return messages

    def lock(self) -> filelock.FileLock:
        """Held by the process that writes the journal, so that nobody sends it meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(self.folder / f"{self.run_id}.lock", timeout=0)

    def unlock(self, lock: filelock.FileLock) -> None:
        """Give the lock back and take its file away."""
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)

    def _with_copy(self, message: Message) -> Message:
        """The original may be gone or changed by the time the message is sent."""
        if not isinstance(message, Upload | Picture | Model):
            return message
        original = Path(message.path)
        if original.is_relative_to(self.files):
            return message
        copy = new_folder(self.files, "copy") / original.name
        shutil.copytree(original, copy) if original.is_dir() else shutil.copy2(original, copy)
        return replace(message, path=str(copy))

    def _forget_files(self, needed: set[Path]) -> None:
        """Remove the copies that no message names any more."""
        for place in self.files.glob("*"):
            if not any(path.is_relative_to(place) for path in needed):
                shutil.rmtree(place, ignore_errors=True)


def unsent_folder(project: Path) -> Path:
    """Where a project's journals lie."""
    return Artifacts(project).private / "unsent"


def journals(project: Path) -> list[Journal]:
    """Every journal that waits to be sent."""
    found = []
    for path in sorted(unsent_folder(project).glob("*.jsonl")):
        # A run that is going on takes its journal away whenever all is sent.
        with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8") as stream:
            found.append(Journal(path.parent, path.stem, stream.readline().rstrip("\n")))
    return found
