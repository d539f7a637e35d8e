"""A file -> how its characters and cells are written, as far as the file itself tells."""

import codecs
import csv
import io
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from pipeline.corpus.formats.characters import declared_encoding, opened_bytes, opened_text

CHUNK = 1 << 20
DELIMITERS = ",;\t|"
LINES = 50
"""Lines that are looked at for what stands between the cells."""
OLD = "windows-1252"


def found_encoding(path: Path) -> tuple[str, str]:
    """The encoding to name in params.yaml, and how one can tell.

    Raises:
        ValueError: nothing tells.
    """
    with opened_bytes(path) as stream:
        if declared := declared_encoding(stream):
            return "utf-8", f"the file begins with the mark of {declared.removesuffix('-sig')}"
        start = stream.read(2000)
        for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
            if zeros and zeros.count(0) > len(zeros) / 2:
                return name, "every other byte is 0"
        decoder, is_old, chunk = codecs.getincrementaldecoder("utf-8")(), True, start
        is_utf8 = True
        while chunk:
            is_old = is_old and _decodes(chunk, OLD)
            is_utf8 = is_utf8 and _goes_on(decoder, chunk)
            chunk = stream.read(CHUNK)
    if is_utf8 and _goes_on(decoder, b"", is_end=True):
        return "utf-8", "all of it can be read so"
    if is_old:
        return OLD, "it is no UTF-8, and all of it can be read so; look at its accented letters"
    raise ValueError(
        f"{path.name} is neither UTF-8 nor {OLD}: name its encoding in params.yaml yourself"
    )


def shared_encoding(files: Sequence[Path]) -> tuple[str, str]:
    """The encoding to name for all of some files, and how one can tell.

    Raises:
        ValueError: nothing tells, or they are written in several.
    """
    found = {path: found_encoding(path) for path in files}
    told = {path: it for path, it in found.items() if not _is_any(path)} or found
    by_name = {name: path for path, (name, _) in told.items()}
    if len(by_name) > 1:
        ways = ", ".join(f"{path.name} is {name}" for name, path in sorted(by_name.items()))
        raise ValueError(f"all files must be written in one encoding, and {ways}: convert some")
    return next(iter(told.values()))


def _is_any(path: Path) -> bool:
    """Whether a file can be read whatever encoding is named: it says its own, or is in ASCII."""
    with opened_bytes(path) as stream:
        if declared_encoding(stream):
            return True
        while chunk := stream.read(CHUNK):
            if not chunk.isascii() or b"\0" in chunk:
                return False
    return True


def _decodes(chunk: bytes, encoding: str) -> bool:
    try:
        chunk.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _goes_on(decoder: codecs.IncrementalDecoder, chunk: bytes, is_end: bool = False) -> bool:
    try:
        decoder.decode(chunk, is_end)
    except UnicodeDecodeError:
        return False
    return True


def shared_delimiter(files: Sequence[Path], encoding: str) -> str | None:
    """What stands between the cells of some files; None for the usual.

    Raises:
        ValueError: it is not the same in all.
    """
    found = {path: found_delimiter(path, encoding) for path in files}
    told = {sign: path for path, sign in found.items() if sign is not None}
    if len(told) > 1:
        ways = ", ".join(f"{sign!r} in {path.name}" for sign, path in told.items())
        raise ValueError(f"all files must have the same sign between cells, found {ways}")
    return next(iter(told), None)


def found_delimiter(path: Path, encoding: str) -> str | None:
    """What cuts the first lines into the most cells, of one number in all; None for the usual."""
    with opened_text(path, encoding) as text:
        lines = "".join(islice(text, LINES))
    csv.field_size_limit(sys.maxsize)  # with another sign all of a line is one cell
    best, most = None, 1
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter))
        except csv.Error:
            continue  # it does not stand between the cells of these lines
        counts = {len(row) for row in rows[:-1] if row} or {len(row) for row in rows}
        if len(counts) == 1 and (count := counts.pop()) > most:
            best, most = delimiter, count
    return best
