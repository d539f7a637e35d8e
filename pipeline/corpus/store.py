"""A stored split of the corpus -> its rows, some columns of them, and which columns there are."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.artifacts import CorpusFiles
from pipeline.corpus.columns import Columns
from pipeline.corpus.example import Example

ROWS = 2048
"""Examples in memory at a time, when written and when read."""


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Some columns of a stored split, up to 2,048 examples at a time, of long ones fewer.

    Raises:
        FileNotFoundError: the corpus is not there.
        ValueError: the file is damaged (each page has a checksum), or it has no such column.
    """
    read_columns(path).require(list(columns), path.name)
    with _opened(path) as file:
        for group in range(file.num_row_groups):  # a batch over several would be larger than one
            yield from file.iter_batches(ROWS, row_groups=[group], columns=list(columns))


def read_columns(path: Path) -> Columns:
    """What a stored split has of each word and of each whole.

    Raises:
        FileNotFoundError: the corpus is not there.
        ValueError: the file is damaged.
    """
    with _opened(path) as file:
        return Columns.of(file.schema_arrow)


def ids_left_out(corpus: Path) -> set[tuple[str, str]]:
    """Split and id of each example that was left out since it stands in another split too."""
    path = CorpusFiles(corpus).left_out
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8").split("\n")  # others than these may stand in a text
    found = map(json.loads, filter(None, lines))
    return {(one["split"], one["sentence_id"]) for one in found}


def read_examples(path: Path) -> Iterator[Example]:
    """The examples of a stored split, as objects; for many, `read_rows` is faster.

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    columns = read_columns(path)
    for batch in read_rows(path, columns.stored):
        for row in batch.to_pylist():
            yield _example(row, columns)


def _example(row: dict[str, Any], columns: Columns) -> Example:
    values = {name: tuple(it) if isinstance(it, list) else it for name, it in row.items()}
    return Example(
        sentence_id=row["sentence_id"],
        form=tuple(row["form"]),
        annotations={name: values[name] for name in columns.annotations},
        labels={name: values[name] for name in columns.labels},
        document=row["document"],
        text=row["text"] if columns.has_text else "",
        start=values["start"] if columns.has_text else (),
        end=values["end"] if columns.has_text else (),
    )


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """The file; what is wrong with it becomes one line."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: run `dvc repro corpus`")
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # the disk's fault, not the file's
        raise ValueError(
            f"{path} is damaged ({str(error).splitlines()[0]}): delete the folder {path.parent} "
            f"and run `dvc checkout` or `dvc repro corpus`"
        ) from None
