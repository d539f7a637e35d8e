"""A folder that lasts as long as somebody holds it."""

import shutil
import tempfile
import weakref
from pathlib import Path


class HeldFolder:
    """A new folder; it goes with this object, or at the end of the program."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="headway-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
