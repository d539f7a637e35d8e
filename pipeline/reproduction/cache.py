"""DVC's cache of files, read only: a content's place by its md5."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline import programs
from pipeline.recording.hashes import FileHash


@dataclass(frozen=True)
class Cache:
    """Where DVC keeps contents."""

    folder: Path

    @classmethod
    def of(cls, root: Path) -> "Cache":
        """The cache that a project is set to use."""
        command = [sys.executable, "-m", "dvc", "cache", "dir"]
        done = subprocess.run(
            command,
            cwd=root,
            env=programs.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout.strip()
        return cls(Path(said) if done.returncode == 0 and said else root / ".dvc/cache")

    def path(self, content: FileHash) -> Path:
        """Where the content lies, if it lies there."""
        return self.folder / "files/md5" / content.md5[:2] / content.md5[2:]
