"""Rows with answers -> JSONL, CSV or Parquet, as they come."""

import base64
import io
import json
import math
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.files import csv_line, whole_file
from pipeline.objectives.objective import AnswerForm, Part
from pipeline.serving.rows import (
    ATTENTION,
    ERROR,
    PREDICTION,
    PROBABILITY,
    TOKENS,
    VECTORS,
    WORDS,
    RowAnswerer,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.serving.reading import Opened

Stream = io.RawIOBase | io.BufferedIOBase
Rows = Sequence[Mapping[str, Any]]
Write = Callable[[Rows], None]
ENDINGS = (".jsonl", ".csv", ".parquet")


def added_columns(answerer: RowAnswerer) -> dict[str, "pa.DataType"]:
    """What a row gets, with the types that it has in a table."""
    import pyarrow as pa

    form = answerer.predictor.network.objective.form
    numbers = pa.list_(pa.float64())
    kinds = {int: pa.int64(), str: pa.string()}
    part = pa.struct([(one.name, kinds[one.type]) for one in fields(Part)])  # type: ignore[index]  # types, not names
    forms: dict[AnswerForm, tuple[pa.DataType, pa.DataType]] = {
        "text": (pa.string(), pa.float64()),
        "texts": (pa.list_(pa.string()), numbers),
        "parts": (pa.list_(part), numbers),
    }
    said, p = forms[form]
    wanted = answerer.wanted
    looked = {VECTORS: wanted.has_vectors, ATTENTION: wanted.head is not None}
    return {
        **({WORDS: pa.list_(pa.string())} if answerer.has_words else {}),
        **{PREDICTION: said, PROBABILITY: p, ERROR: pa.string()},
        **({TOKENS: pa.list_(pa.string())} if any(looked.values()) else {}),
        **{name: pa.list_(numbers) for name, is_wanted in looked.items() if is_wanted},
    }


@contextmanager
def written_to(path: Path, given: "Opened", added: Mapping[str, "pa.DataType"]) -> Iterator[Write]:
    """Write rows to a file, its kind told by the ending.

    JSONL and CSV grow row by row, and hold whole rows whenever the writing ends; a Parquet file is
    there when it is whole.

    Raises:
        ValueError: the ending says nothing, or a row does not fit the others.
        OSError: the file cannot be written.
    """
    if path.suffix not in ENDINGS:
        raise ValueError(f"{path} could be anything: expected one of {', '.join(ENDINGS)}")
    if path.suffix == ".parquet":
        with _parquet(path, given, added) as write:
            yield write
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=0) as stream:
        yield json_lines(stream) if path.suffix == ".jsonl" else _csv(stream, given, added)


def json_lines(stream: Stream) -> Write:
    """One JSON object a line."""

    def write(rows: Rows) -> None:
        write_whole(stream, [_json(row) + b"\n" for row in rows])

    return write


def write_whole(stream: Stream, records: Sequence[bytes]) -> None:
    """Write all of them; what was written of one that does not fit any more is taken back.

    Out of a pipe nothing can be taken back.

    Raises:
        OSError: the disk is full, or nobody reads any more.
    """
    done, joined = 0, b"".join(records)
    try:
        while done < len(joined):
            done += stream.write(joined[done:]) or 0
        stream.flush()
    except OSError:
        ends = accumulate(map(len, records))
        whole = max((end for end in ends if end <= done), default=0)
        if done > whole:
            _take_back(stream, done - whole)
        raise


def _take_back(stream: Stream, size: int) -> None:
    try:
        number = stream.fileno()
        if stat.S_ISREG(os.fstat(number).st_mode):
            os.ftruncate(number, os.lseek(number, 0, os.SEEK_CUR) - size)
    except io.UnsupportedOperation:
        return


def _json(row: object) -> bytes:
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False, default=_plain).encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot spell
        return json.dumps(row, allow_nan=False, default=_plain).encode()
    except ValueError:  # NaN and infinities of a Parquet file, which JSON does not have
        return _json(_without_nan(row))


def _plain(value: object) -> object:
    """What JSON has no word for: times as ISO 8601, bytes in base64, all else as it is printed."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    told = getattr(value, "isoformat", None)
    return told() if told else str(value)


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _csv(stream: Stream, given: "Opened", added: Mapping[str, "pa.DataType"]) -> Write:
    header: list[str] = []

    def write(rows: Rows) -> None:
        records = []
        if not header:
            header.extend(_columns(rows, given, added))
            records.append(_csv_line(header))
        for row in rows:
            _require_known(row, header)
            records.append(_csv_line([_cell(row.get(name)) for name in header]))
        write_whole(stream, records)

    return write


def _csv_line(cells: Sequence[object]) -> bytes:
    return csv_line(cells).encode(errors="replace")  # of lone surrogates


def _columns(rows: Rows, given: "Opened", added: Mapping[str, "pa.DataType"]) -> list[str]:
    """Those that were given, then those that are added."""
    known = given.columns
    if known is None:
        known = [name for row in rows for name in row if name not in added]
    return list(dict.fromkeys([*known, *added]))


def _require_known(row: Mapping[str, Any], header: Sequence[str]) -> None:
    if unknown := [name for name in row if name not in header]:
        raise ValueError(
            f"a row has the column `{unknown[0]}`, which the first rows do not have, and a table "
            f"cannot grow: write JSONL, whose rows may differ"
        )


def _cell(value: object) -> object:
    if isinstance(value, list | dict):
        return _json(value).decode()
    return "" if value is None else value


@contextmanager
def _parquet(path: Path, given: "Opened", added: Mapping[str, "pa.DataType"]) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writers: list[pq.ParquetWriter] = []
    with whole_file(path) as beside:

        def write(rows: Rows) -> None:
            try:
                if not writers:
                    writers.append(pq.ParquetWriter(beside, _schema(rows, given, added)))
                schema = writers[0].schema
                for row in rows:
                    _require_known(row, schema.names)
                table = pa.Table.from_pylist(list(rows), schema=schema)
            except (pa.ArrowException, TypeError) as error:
                raise ValueError(
                    f"a row does not fit the columns that the first rows have ({error}): write "
                    f"JSONL, whose rows may differ"
                ) from None
            writers[0].write_table(table)

        try:
            yield write
            if not writers:
                write([])
        finally:
            for writer in writers:
                writer.close()


def _schema(rows: Rows, given: "Opened", added: Mapping[str, "pa.DataType"]) -> "pa.Schema":
    import pyarrow as pa

    if given.schema is not None:
        kept = list(given.schema)
    elif given.columns is not None:
        kept = [pa.field(name, pa.string()) for name in given.columns]
    else:
        own = [name for name in _columns(rows, given, {}) if name not in added]
        kept = list(pa.Table.from_pylist([{it: row.get(it) for it in own} for row in rows]).schema)
    if WORDS in added:  # they may have come as text
        is_list = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
        kept = [
            pa.field(WORDS, added[WORDS])
            if one.name == WORDS and not any(is_it(one.type) for is_it in is_list)
            else one
            for one in kept
        ]
    names = {one.name for one in kept}
    more = [pa.field(name, kind) for name, kind in added.items() if name not in names]
    return pa.schema([*kept, *more])
