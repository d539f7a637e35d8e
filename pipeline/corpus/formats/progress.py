"""A progress bar over a file that is being read."""

import sys
from contextlib import AbstractContextManager
from io import BufferedIOBase
from typing import IO, BinaryIO, cast

from rich.console import Console
from rich.progress import wrap_file


def watched(
    file: BufferedIOBase | IO[bytes], n_bytes: int, description: str
) -> AbstractContextManager[BinaryIO]:
    """The file, with a bar on stderr that fills as its bytes are read; a log sees nothing."""
    return wrap_file(
        cast(BinaryIO, file),
        n_bytes,
        description=description,
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
