"""A file, or what comes through a pipe -> its rows, one at a time; a bad one with its reason."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pipeline.corpus.formats.characters import damage_told, suffix_of, unpacked
from pipeline.serving.predictor import Refused
from pipeline.serving.rows import TEXT, GivenRow, given_row, with_second

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["lines", "csv", "tsv", "jsonl", "parquet"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ENDINGS: dict[str, Kind] = {
    ".txt": "lines", ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet",
}  # fmt: skip
DELIMITERS: dict[Kind, str] = {"csv": ",", "tsv": "\t"}
LONGEST = 10_000_000
"""Bytes of a line, or letters of a cell: what is longer is no sentence."""
SHOWN = 8
AT_ONCE = 256
"""Rows of a Parquet file that are read at a time."""


@dataclass(frozen=True)
class Opened:
    """A file of rows under way."""

    rows: Iterator[GivenRow]
    columns: Sequence[str] | None
    """Those that every row has, where that is known before the first."""
    schema: "pa.Schema | None"
    """Of a Parquet file."""
    share: Callable[[], float] | None
    """How much of it was read, in [0, 1]; None where nobody knows how long it is."""


def kind_of(path: Path, given: Kind | None) -> Kind:
    """What kind of rows a file has: as is said, else by its ending.

    Raises:
        ValueError: the ending says nothing.
    """
    found = given or ENDINGS.get(suffix_of(path))
    if found is None:
        raise ValueError(
            f"{path} could be anything: expected one of {', '.join(ENDINGS)} (or one of them and "
            f".gz or .zst), or --as with one of {', '.join(KINDS)}"
        )
    return found


@contextmanager
def opened(path: Path, kind: Kind, column: str | None) -> Iterator[Opened]:
    """The rows of a file, for as long as the block lasts.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not of this kind, or has no column of this name.
    """
    with ExitStack() as stack:
        if kind == "parquet":
            yield _parquet(path, column, stack)
            return
        raw = stack.enter_context(path.open("rb"))
        size = path.stat().st_size

        def share() -> float:
            return raw.tell() / size if size else 1.0

        stream = stack.enter_context(unpacked(raw, path))
        with damage_told(path.name):
            found = _lines_of(stream, kind, column, share if path.is_file() else None)
        yield replace(found, rows=_to_the_end(found.rows, path.name))


def _to_the_end(rows: Iterator[GivenRow], name: str) -> Iterator[GivenRow]:
    """The rows of a file that may be packed; where it is damaged, whoever asks for more is told."""
    with damage_told(name):
        yield from rows


def piped(stream: BufferedIOBase, kind: Kind, column: str | None) -> Opened:
    """The rows that come through a pipe.

    Raises:
        ValueError: Parquet cannot be read so, or the rows have no column of this name.
    """
    if kind == "parquet":
        raise ValueError(
            "Parquet is read from its end, which a pipe does not have: expected the name of a file"
        )
    return _lines_of(stream, kind, column, None)


def with_pairs(given: Opened, column: str) -> Opened:
    """The same rows as pairs of texts, the second of each in this column.

    Raises:
        ValueError: no row has it.
    """
    if given.columns is not None:
        _require_column(given.columns, column)
    return replace(given, rows=(with_second(row, column) for row in given.rows))


def _lines_of(
    stream: BufferedIOBase, kind: Kind, column: str | None, share: Callable[[], float] | None
) -> Opened:
    if kind in DELIMITERS:
        header, cells = _table(stream, DELIMITERS[kind])
        _require_column(header, column)
        rows = (one if isinstance(one, GivenRow) else given_row(one, column) for one in cells)
        return Opened(rows, header, None, share)
    lines = _lines(stream)
    if kind == "lines":
        return Opened(map(_text_row, lines), [TEXT], None, share)
    return Opened((_json_row(line, column) for line in lines), None, None, share)


def _lines(stream: BufferedIOBase) -> Iterator[bytes | Refused]:
    """Each line without its end; of one that is too long, that it is."""
    is_first = True
    while line := stream.readline(LONGEST):
        if is_first:
            line, is_first = _without_mark(line), False
        if len(line) < LONGEST or line.endswith(b"\n"):
            yield line.removesuffix(b"\n").removesuffix(b"\r")
            continue
        while (rest := stream.readline(LONGEST)) and not rest.endswith(b"\n"):
            pass
        yield Refused(f"expected a line of at most {LONGEST:,} bytes, found a longer one")


def _without_mark(line: bytes) -> bytes:
    """The first line without the mark that says that it is UTF-8."""
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(
            "expected UTF-8, found UTF-16: convert it, such as by `iconv -f UTF-16 -t UTF-8`"
        )
    return line.removeprefix(b"\xef\xbb\xbf")


def _text_row(line: bytes | Refused) -> GivenRow:
    if isinstance(line, Refused):
        return GivenRow({}, line)
    try:
        return given_row({TEXT: line.decode()})
    except UnicodeDecodeError as error:
        text = line.decode(errors="replace")
        return GivenRow({TEXT: text}, Refused(_no_utf8(error)))


def _no_utf8(error: UnicodeDecodeError) -> str:
    return f"expected UTF-8, found the byte 0x{error.object[error.start]:02x} at {error.start + 1}"


def _json_row(line: bytes | Refused, column: str | None) -> GivenRow:
    if isinstance(line, Refused):
        return GivenRow({}, line)
    try:
        found = json.loads(line.decode(), parse_constant=_no_number, parse_float=_finite)
    except UnicodeDecodeError as error:
        return GivenRow({}, Refused(_no_utf8(error)))
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


def _table(
    stream: BufferedIOBase, delimiter: str
) -> tuple[list[str], Iterator[dict[str, Any] | GivenRow]]:
    """The header, and each row under it."""
    csv.field_size_limit(LONGEST)
    first = stream.readline()
    # What is no UTF-8 becomes a letter that no sentence may have, so that its row is told.
    rest = io.BufferedReader(_Rest(_without_mark(first), stream))
    text = io.TextIOWrapper(rest, "utf-8", errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=delimiter)
    header = next(reader, [])
    twice = sorted({name for name in header if header.count(name) > 1})
    if not header or twice:
        found = f"`{twice[0]}` twice" if twice else "nothing"
        raise ValueError(f"expected a first line with a name for each column, found {found}")
    return header, _table_rows(reader, header)


class _Rest(io.RawIOBase):
    """A stream whose beginning was read already."""

    def __init__(self, begun: bytes, stream: BufferedIOBase) -> None:
        self._begun, self._stream = begun, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._begun[: len(buffer)] or self._stream.read1(len(buffer))
        self._begun = self._begun[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)


def _table_rows(
    reader: Iterator[list[str]], header: Sequence[str]
) -> Iterator[dict[str, Any] | GivenRow]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield GivenRow({}, Refused(f"expected a row of cells, found none ({error})"))
            continue
        cells = cells or [""]
        found = dict(zip(header, cells, strict=False))
        if len(cells) == len(header):
            yield found
        else:
            reason = f"expected {len(header)} cells, as the first line has, found {len(cells)}"
            yield GivenRow(found, Refused(reason))


def _parquet(path: Path, column: str | None, stack: ExitStack) -> Opened:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = stack.enter_context(pq.ParquetFile(path, memory_map=True))
    except pa.ArrowException as error:
        raise ValueError(f"{path} is no Parquet file ({str(error).splitlines()[0]})") from None
    names, total, done = file.schema_arrow.names, file.metadata.num_rows, 0
    _require_column(names, column)

    def rows() -> Iterator[GivenRow]:
        nonlocal done
        for batch in file.iter_batches(batch_size=AT_ONCE):
            for row in batch.to_pylist():
                yield given_row(row, column)
            done += len(batch)

    return Opened(rows(), names, file.schema_arrow, lambda: done / total if total else 1.0)


def _require_column(names: Sequence[str], column: str | None) -> None:
    if column is None and not {"text", "words"} & set(names):
        wanted = "a column `text` or `words`"
    elif column is not None and column not in names:
        wanted = f"a column `{column}`"
    else:
        return
    more = ", ..." if len(names) > SHOWN else ""
    raise ValueError(
        f"expected {wanted}, found {', '.join(names[:SHOWN])}{more}: name the one that has the "
        f"text with --column, of pairs of texts also --second"
    )
