"""A file, or what comes through a pipe -> its rows, one at a time; a bad one with its reason."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pipeline.corpus.formats.characters import damage_told, suffix_of, unpacked
from pipeline.corpus.formats.records import Layout
from pipeline.serving.rows import TEXT, GivenRow, given_row, with_second
from pipeline.serving.text_rows import (
    cell_rows,
    characters_of,
    header_and_rows,
    json_rows,
    line_rows,
)

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["lines", "csv", "tsv", "jsonl", "parquet"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ENDINGS: dict[str, Kind] = {
    ".txt": "lines", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".parquet": "parquet",
}  # fmt: skip
DELIMITERS: dict[Kind, str] = {"csv": ",", "tsv": "\t"}
SIGNS = ",;\t|"
"""What may stand between cells."""
USUAL = Layout("utf-8", None)
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


def layout_of(kind: Kind, encoding: str | None, delimiter: str | None) -> Layout:
    """How a file of this kind is written: as is said, else as usual.

    Raises:
        ValueError: a file of this kind leaves no choice.
    """
    if encoding and kind == "parquet":
        raise ValueError("a Parquet file says itself how its texts are written: no --encoding")
    if delimiter and kind not in DELIMITERS:
        raise ValueError(f"--delimiter stands between cells, and {kind} has none: csv and tsv have")
    return Layout(encoding or USUAL.encoding, delimiter)


@contextmanager
def opened(path: Path, kind: Kind, column: str | None, layout: Layout = USUAL) -> Iterator[Opened]:
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
            text = characters_of(stream, layout.encoding, kind in DELIMITERS)
            stack.callback(text.detach)  # or it would close the file on its way out
            found = _rows_in(text, kind, column, layout.delimiter, path.name)
        rows = _to_the_end(found.rows, path.name)
        yield replace(found, rows=rows, share=share if path.is_file() else None)


def _to_the_end(rows: Iterator[GivenRow], name: str) -> Iterator[GivenRow]:
    """The rows of a file that may be packed; where it is damaged, whoever asks for more is told."""
    with damage_told(name):
        yield from rows


def piped(stream: BufferedIOBase, kind: Kind, column: str | None, layout: Layout = USUAL) -> Opened:
    """The rows that come through a pipe.

    Raises:
        ValueError: Parquet cannot be read so, or the rows have no column of this name.
    """
    if kind == "parquet":
        raise ValueError(
            "Parquet is read from its end, which a pipe does not have: expected the name of a file"
        )
    text = characters_of(stream, layout.encoding, kind in DELIMITERS)
    return _rows_in(text, kind, column, layout.delimiter, "the pipe")


def with_pairs(given: Opened, column: str) -> Opened:
    """The same rows as pairs of texts, the second of each in this column.

    Raises:
        ValueError: no row has it.
    """
    if given.columns is not None:
        _require_column(given.columns, column)
    return replace(given, rows=(with_second(row, column) for row in given.rows))


def _rows_in(
    text: io.TextIOWrapper, kind: Kind, column: str | None, delimiter: str | None, name: str
) -> Opened:
    if kind in DELIMITERS:
        header, cells = header_and_rows(text, delimiter or DELIMITERS[kind], name)
        _require_column(header, column)
        return Opened(cell_rows(cells, header, column, text.encoding), header, None, None)
    if kind == "lines":
        return Opened(line_rows(text), [TEXT], None, None)
    return Opened(json_rows(text, column), None, None, None)


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
    told = "name the one that has the text with --column, of pairs of texts also --second"
    if any("\0" in name for name in names):
        told = "it looks like UTF-16: name that with --encoding"
    elif len(names) == 1 and any(sign in names[0] for sign in SIGNS):
        told = "if that is several, name the sign between them with --delimiter"
    raise ValueError(f"expected {wanted}, found {', '.join(names[:SHOWN])}{more}: {told}")
