"""Source `table`: a person's CSV, TSV, JSONL, JSON or Parquet -> examples."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pipeline.artifacts import SPLITS, Artifacts, Split
from pipeline.corpus.formats.characters import suffix_of
from pipeline.corpus.formats.data_files import data_files, named_files
from pipeline.corpus.formats.file_splits import not_given, split_called, split_in, splits_of
from pipeline.corpus.formats.record_examples import (
    Wanted,
    check_columns,
    doubled_columns,
    example_of,
    is_number,
    text_of,
    wanted_columns,
)
from pipeline.corpus.formats.records import NOTHING, READERS, Layout, Record, read_records
from pipeline.corpus.formats.sorted_rows import Made, Naming, NothingThereError, Rows, sorted_rows
from pipeline.corpus.notes import NUMBER
from pipeline.corpus.rejected import Rejections
from pipeline.corpus.source import FoundRows, Source
from pipeline.params.sources.table import TableCorpus, TableParams

SAMPLE = 1000
"""Rows of each file that say which columns there are, and which of them hold lists."""


def open_source(params: TableCorpus, artifacts: Artifacts) -> Source:
    """The table that `corpus.table` names.

    Raises:
        ValueError: there is no such file, it cannot be read, or lacks a column that is named; and,
            while the stream is read, too many rows are no examples.
        FileNotFoundError: there is nothing at the path.
    """
    table = params.table
    files = data_files(artifacts, table.path, READERS)
    names = {path: path.relative_to(artifacts.root).as_posix() for path in files}
    layout = Layout(table.encoding, table.delimiter)
    samples = {name: _sample(path, table, layout) for path, name in names.items()}
    wanted = wanted_columns(table, [row for rows in samples.values() for row in rows])
    splits = (None if table.split else splits_of(files)) or {}
    said = _said_splits(files, layout, table.split) if table.split else {*splits.values()}
    missing = not_given(said) if "train" in said else ()
    found = {name: FoundRows() for name in names.values()}
    for name, rows in samples.items():
        for column in doubled_columns(rows):
            found[name].notice(f"a column of a name that was there, here {column!r},", 1)
    rejections = Rejections(params.max_rejected)
    return Source(
        kind="table",
        name=Path(table.path).name,
        origin=named_files([*found]),
        licence=table.licence,
        notices={},
        splits=sorted_rows(
            {name: _rows(path, layout, wanted) for path, name in names.items()},
            {names[path]: split for path, split in splits.items()},
            missing,
            table.shares,
            found,
            rejections,
        ),
        found=found,
        rejections=rejections,
        cut_from_train=missing,
        is_made=table.split is None and not splits,
    )


def _sample(path: Path, table: TableParams, layout: Layout) -> list[Mapping[str, Any]]:
    """The first rows of a file, which say what its columns are: of the cells only the lists."""
    if suffix_of(path) not in READERS:
        raise ValueError(
            f"{path.name} has none of the endings {', '.join(READERS)} (or one of them and .gz "
            f"or .zst), which say what a file holds: give it the right one"
        )
    rows: list[Mapping[str, Any]] = [
        {name: [] if isinstance(cell, list) else None for name, cell in record.cells.items()}
        for record in islice(read_records(path, layout), SAMPLE)
    ]
    check_columns(table, rows, path.name)
    return rows


def _said_splits(files: Sequence[Path], layout: Layout, column: str) -> set[Split]:
    """The splits that rows say they are of; nothing more is read once all three were met."""
    said: set[Split] = set()
    for record in chain.from_iterable(read_records(path, layout) for path in files):
        if split := split_in(text_of(record.cells.get(column))):
            said.add(split)
        if len(said) == len(SPLITS):
            break
    return said


def _rows(path: Path, layout: Layout, wanted: Wanted) -> Rows:
    for record in read_records(path, layout):
        yield record.row, partial(_made, record, wanted)


def _made(record: Record, wanted: Wanted, named: Naming) -> Made:
    """The row's example, the split that it says, and which labels are numbers."""
    if record.reason:
        raise (NothingThereError if record.reason == NOTHING else ValueError)(record.reason)
    cells, column = record.cells, wanted.params.split
    split = split_called(text_of(cells.get(column))) if column else None
    numbers = [it for it in wanted.params.labels if is_number(cells.get(it))]
    noticed = tuple(f"{NUMBER}{column}" for column in numbers)
    return Made(example_of(cells, wanted, named(split)), split, noticed)
