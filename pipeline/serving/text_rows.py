"""Characters -> rows: a text a line, a JSON object a line, or cells under a header."""

import codecs
import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, cast

from pipeline.corpus.formats.characters import declared_encoding
from pipeline.corpus.formats.records import cells_of_rows, without_marks
from pipeline.serving.predictor import Refused
from pipeline.serving.rows import TEXT, GivenRow, given_row

LONGEST = 10_000_000
"""Letters of a line, or of a cell: what is longer is no sentence."""
UNDECODED = re.compile("[\udc00-\udcff]")
"""What stands for a byte that is nothing in the encoding; no encoding spells it."""


def _kept_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    found = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in found), error.end


codecs.register_error("headway-bytes", _kept_bytes)


def characters_of(stream: io.BufferedIOBase, encoding: str, keeps_ends: bool) -> io.TextIOWrapper:
    """A stream's characters, in the encoding that its first bytes declare or else in this one.

    Line ends are kept as they are, or else all alike.
    """
    looked = stream if hasattr(stream, "peek") else io.BufferedReader(cast(io.RawIOBase, stream))
    declared = declared_encoding(cast(BinaryIO, looked)) or encoding
    newline = "" if keeps_ends else None
    return io.TextIOWrapper(
        cast(BinaryIO, looked), declared, errors="headway-bytes", newline=newline
    )


def line_rows(text: io.TextIOWrapper) -> Iterator[GivenRow]:
    """Each line is a text."""
    for line in _lines(text):
        if isinstance(line, Refused):
            yield GivenRow({}, line)
        else:
            yield _row({TEXT: line}, TEXT, text.encoding)


def json_rows(text: io.TextIOWrapper, column: str | None) -> Iterator[GivenRow]:
    """Each line is a JSON object."""
    for line in _lines(text):
        yield _json_row(line, column, text.encoding)


def _lines(text: io.TextIOWrapper) -> Iterator[str | Refused]:
    """Each line without its end; of one that is too long, that it is."""
    while line := text.readline(LONGEST):
        if len(line) < LONGEST or line.endswith("\n"):
            yield line.removesuffix("\n")
            continue
        while (rest := text.readline(LONGEST)) and not rest.endswith("\n"):
            pass
        yield Refused(f"expected a line of at most {LONGEST:,} letters, found a longer one")


def _json_row(line: str | Refused, column: str | None, encoding: str) -> GivenRow:
    if isinstance(line, Refused):
        return GivenRow({}, line)
    if refused := _undecoded(line, "the line", encoding):
        return GivenRow({}, refused)
    try:
        line = line.removeprefix("\ufeff")  # as files that were joined have one
        found = json.loads(line, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        return GivenRow({}, Refused("expected a JSON object, found one that is nested too deeply"))
    except ValueError as error:
        told = f"found none ({error})" if line.strip() else "found an empty line"
        return GivenRow({}, Refused(f"expected a JSON object, {told}"))
    if not isinstance(found, dict):
        return GivenRow({}, Refused(f"expected a JSON object, found {str(found)[:50]!r}"))
    return given_row(found, column)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def header_and_rows(
    text: io.TextIOWrapper, delimiter: str, name: str
) -> tuple[list[str], Iterator[list[str] | str]]:
    """The names in the first line, and the cells of each row below it, or what is wrong with it.

    Raises:
        ValueError: there are no names, or one comes twice; while the rows are read, a quote opens
            a cell and none closes it.
    """
    csv.field_size_limit(LONGEST)
    reader = csv.reader(without_marks(text), delimiter=delimiter, strict=True)
    header = next(cells_of_rows(reader, name, 1), [])
    if isinstance(header, str):
        raise ValueError(f"{name}, the first line: {header}")
    if refused := _undecoded(delimiter.join(header), "it", text.encoding):
        raise ValueError(f"{name}, the first line: {refused.reason}")
    twice = sorted({one for one in header if header.count(one) > 1})
    if not header or twice:
        found = f"`{twice[0]}` twice" if twice else "nothing"
        raise ValueError(f"expected a first line with a name for each column, found {found}")
    return header, cells_of_rows(reader, name, 1)


def cell_rows(
    rows: Iterator[list[str] | str], header: Sequence[str], column: str | None, encoding: str
) -> Iterator[GivenRow]:
    """The rows of cells by the names of the columns."""
    for cells in rows:
        if isinstance(cells, str):
            yield GivenRow({}, Refused(cells))
            continue
        cells = cells or [""]
        row = _row(dict(zip(header, cells, strict=False)), column, encoding)
        if len(cells) != len(header):
            reason = f"expected {len(header)} cells, as the first line has, found {len(cells)}"
            yield GivenRow(row.cells, Refused(reason))
        elif cells == header:
            yield GivenRow(row.cells, Refused("it repeats the header"))
        else:
            yield row


def _row(cells: Mapping[str, str], column: str | None, encoding: str) -> GivenRow:
    """A row; refused as a whole where bytes of it are nothing in the encoding."""
    for name, cell in cells.items():
        if refused := _undecoded(cell, f"`{name}`", encoding):
            told = {name: UNDECODED.sub("\ufffd", cell) for name, cell in cells.items()}
            return GivenRow(told, refused)
    return given_row(cells, column)


def _undecoded(text: str, where: str, encoding: str) -> Refused | None:
    if text.isascii() or not (wrong := UNDECODED.search(text)):
        return None
    return Refused(
        f"expected {encoding.removesuffix('-sig')}, found the byte 0x{ord(wrong[0]) - 0xDC00:02x} "
        f"as letter {wrong.start() + 1} of {where}: say with --encoding how the file is written, "
        f"such as windows-1252"
    )
