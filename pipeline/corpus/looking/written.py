"""A file -> how its characters and cells are written, as far as the file itself tells."""

import codecs
import csv
import io
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


def found_delimiter(path: Path, encoding: str) -> str | None:
    """What cuts the first lines into the most cells, of one number in all; None for the usual."""
    with opened_text(path, encoding) as text:
        lines = "".join(islice(text, LINES))
    best, most = None, 1
    for delimiter in DELIMITERS:
        rows = list(csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter))
        counts = {len(row) for row in rows[:-1] if row} or {len(row) for row in rows}
        if len(counts) == 1 and (count := counts.pop()) > most:
            best, most = delimiter, count
    return best
