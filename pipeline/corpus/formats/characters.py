"""A file, plain or packed, in the encoding that it declares or that was named -> its characters."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import pyarrow as pa

from pipeline.corpus.formats.progress import watched

PACKED = (".gz", ".zst")
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins as the next one does
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""What a file may begin with, to say how it is written."""
UNDECODABLE = "\udcff"
"""Stands for bytes that are nothing in the file's encoding."""

codecs.register_error("headway", lambda error: (UNDECODABLE, getattr(error, "end", 0)))


def suffix_of(path: Path) -> str:
    """The ending that says what is in a file, in small letters: .csv for rows.CSV.gz."""
    kinds = [suffix.lower() for suffix in path.suffixes]
    while kinds and kinds[-1] in PACKED:
        kinds.pop()
    return kinds[-1] if kinds else ""


@contextmanager
def opened_bytes(path: Path) -> Iterator[BinaryIO]:
    """A file's bytes, unpacked; how far the reading has come is told.

    Raises:
        ValueError: while it is read, where it is packed and damaged.
    """
    with (
        damage_told(path.name),
        path.open("rb") as raw,
        watched(raw, path.stat().st_size, f"reading {path.name}"),
        unpacked(raw, path) as stream,
    ):
        yield cast(BinaryIO, stream)


@contextmanager
def unpacked(raw: io.BufferedReader, path: Path) -> Iterator[io.BufferedIOBase]:
    """What a file's bytes hold, by its ending: the same, or what was packed into them."""
    packed = path.suffix.lower()
    if packed == ".gz":
        with gzip.open(raw) as stream:
            yield stream
    elif packed == ".zst":
        with pa.CompressedInputStream(raw, "zstd") as stream:
            yield io.BufferedReader(stream)
    else:
        yield raw


@contextmanager
def damage_told(name: str) -> Iterator[None]:
    """What reading a packed file raises where it is damaged becomes a ValueError with its name."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException) as error:
        raise ValueError(f"{name} is damaged ({error}): pack it again") from None
    except OSError as error:
        if error.errno is not None:
            raise  # the disk's fault, not the file's
        raise ValueError(f"{name} is damaged ({error}): pack it again") from None


@contextmanager
def opened_text(path: Path, encoding: str) -> Iterator[TextIO]:
    """A file's characters, its line ends as they are; what cannot be decoded is UNDECODABLE.

    `encoding` is for files that do not begin with a mark that says what they are.

    Raises:
        ValueError: as `opened_bytes` says.
    """
    with opened_bytes(path) as stream:
        declared = declared_encoding(stream) or encoding
        yield io.TextIOWrapper(stream, encoding=declared, errors="headway", newline="")


def declared_encoding(stream: BinaryIO) -> str | None:
    """The encoding whose mark a stream that can be looked into begins with."""
    start = stream.peek(4)  # type: ignore[attr-defined]  # all of opened_bytes have it
    return next((name for mark, name in MARKS.items() if start.startswith(mark)), None)
