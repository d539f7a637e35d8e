"""A file of a table (CSV, TSV, JSONL, JSON or Parquet) -> its rows, one at a time."""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.corpus.formats.characters import opened_text, suffix_of
from pipeline.corpus.formats.json_items import DoubledKeyError, items_of, without_doubled
from pipeline.progress import begin

BATCH = 1024
"""Rows of a Parquet file in memory at a time."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How text files of a table are written."""

    encoding: str
    delimiter: str | None
    """Between the cells of a line; None: a tab in .tsv, else a comma."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row: what it holds, or why it holds nothing that can be used."""

    row: int
    """As a spreadsheet counts: the header is row 1. Without a header, from 1."""
    cells: Mapping[str, Any]
    reason: str = ""


NOTHING = "every cell is empty"
"""The reason of rows that nobody misses."""


def read_records(path: Path, layout: Layout) -> Iterator[Record]:
    """The rows of a file.

    Raises:
        ValueError: it is of another kind, or damaged beyond a row.
    """
    yield from READERS[suffix_of(path)](path, layout)


def _separated(path: Path, layout: Layout) -> Iterator[Record]:
    """CSV as RFC 4180 has it: a quoted cell may hold line ends, and a quote that is doubled."""
    csv.field_size_limit(sys.maxsize)
    delimiter = layout.delimiter or ("," if suffix_of(path) == ".csv" else "\t")
    with opened_text(path, layout.encoding) as text:
        reader = csv.reader(without_marks(text), delimiter=delimiter, strict=True)
        first = next(cells_of_rows(reader, path.name, 1), [])
        if isinstance(first, str):
            raise ValueError(f"{path.name}, row 1: {first}")
        header = column_names(first)
        nothing = dict.fromkeys(header)
        for row, found in enumerate(cells_of_rows(reader, path.name, 2), 2):
            if isinstance(found, str):
                yield Record(row, nothing, found)
            elif not any(map(str.strip, found)):
                yield Record(row, nothing, NOTHING)
            elif found == first:
                yield Record(row, nothing, "it repeats the header")
            elif len(found) != len(header):
                told = f"it has {len(found)} cells, the header has {len(header)}"
                yield Record(row, nothing, told)
            else:
                yield Record(row, dict(zip(header, found, strict=True)))


def without_marks(lines: Iterable[str]) -> Iterator[str]:
    """Lines without the byte order mark that files which were joined have at the start of each."""
    return (line.removeprefix("\ufeff") for line in lines)


def cells_of_rows(reader: Iterator[list[str]], name: str, row: int) -> Iterator[list[str] | str]:
    """The cells of each row of a file, or what is wrong with the row.

    Raises:
        ValueError: a quote is open when the file ends; the rows count from `row`.
    """
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise ValueError(
                    f"{name}, row {row}: a quote opens a cell and none closes it before the "
                    f"file ends: close it, or double a quote that is part of the text"
                ) from None
            yield f"its quotes cannot be read ({error}): double a quote inside a quoted cell"
        row += 1


def column_names(header: Sequence[str]) -> list[str]:
    """The names of a header: one that comes again is numbered, one that is missing made up."""
    own = [cell.strip() for cell in header]
    taken, numbers = {*own}, defaultdict[str, Iterator[int]](partial(count, 2))
    names: dict[str, None] = {}
    for place, cell in enumerate(own, 1):
        name = cell or f"column {place}"
        if name in names or (not cell and name in taken):
            others = (f"{name}.{number}" for number in numbers[name])
            name = next(it for it in others if it not in taken)
        taken.add(name)
        names[name] = None
    return list(names)


def _json_lines(path: Path, layout: Layout) -> Iterator[Record]:
    """A JSON object in each line."""
    with opened_text(path, layout.encoding) as text:
        yield from _objects_in_lines(text)


def _objects_in_lines(text: TextIO) -> Iterator[Record]:
    for row, line in enumerate(without_marks(text), 1):
        if not line.strip("\r\n \t"):
            yield Record(row, {}, NOTHING)
            continue
        try:
            found = json.loads(line, object_pairs_hook=without_doubled)
        except (json.JSONDecodeError, RecursionError, DoubledKeyError) as error:
            yield Record(row, {}, f"it is no JSON that can be used ({error})")
            continue
        yield _object(row, found)


def _object(row: int, found: Any) -> Record:
    if not isinstance(found, dict):
        return Record(row, {}, f"expected an object, found {type(found).__name__}")
    return Record(row, found)


def _json(path: Path, layout: Layout) -> Iterator[Record]:
    """A JSON array of objects; a file that begins with an object is read as lines of them."""
    with opened_text(path, layout.encoding) as text:
        if (begins := _first_sign(text)) == "[":
            for row, found in enumerate(items_of(text, path.name), 1):
                yield _object(row, found)
            return
    if begins != "{":
        raise ValueError(f"{path.name} must hold a list of objects, found {begins or 'nothing'!r}")
    yield from _json_lines(path, layout)


def _first_sign(text: TextIO) -> str:
    """The first sign that is no white space, which is read then."""
    while (sign := text.read(1)).isspace():
        pass
    return sign


def _parquet(path: Path, layout: Layout) -> Iterator[Record]:
    """The rows of a Parquet file."""
    del layout  # the file says it itself
    try:
        with pq.ParquetFile(path) as file:
            begin(f"reading {path.name}")
            row = 0
            for batch in file.iter_batches(batch_size=BATCH):
                names = column_names(batch.schema.names)
                for found in batch.rename_columns(names).to_pylist():
                    row += 1
                    yield Record(row, {name: _as_text(cell) for name, cell in found.items()})
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is no Parquet file that can be read ({error})") from None


def _as_text(cell: Any) -> Any:
    """What is written in other kinds of columns than of text, but is no number, as a text."""
    if isinstance(cell, list):
        return [_as_text(it) for it in cell]
    if isinstance(cell, bytes):  # of text, by programs that do not say so
        try:
            return cell.decode()
        except UnicodeDecodeError:
            return cell
    if isinstance(cell, Decimal | timedelta):
        return str(cell)
    told = getattr(cell, "isoformat", None)  # of dates and times
    return told() if told else cell


READERS: dict[str, Callable[[Path, Layout], Iterator[Record]]] = {
    ".csv": _separated,
    ".tsv": _separated,
    ".tab": _separated,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json,
    ".parquet": _parquet,
}
"""By the file's ending."""
