"""How much of a file that is being read is left."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from pipeline.progress import begin


class Readable(Protocol):
    """A file, or a part of an archive."""

    def tell(self) -> int:
        """Bytes that are read."""
        ...


@contextmanager
def watched(file: Readable, n_bytes: int, doing: str) -> Iterator[None]:
    """Tell how much of its bytes is read."""
    begin(doing, lambda: file.tell() / max(1, n_bytes))
    yield
    begin(doing)
