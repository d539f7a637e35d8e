"""Files of a table -> what they hold and what to write into params.yaml for them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.corpus.formats.characters import suffix_of
from pipeline.corpus.formats.file_splits import splits_of
from pipeline.corpus.formats.records import Layout, read_records
from pipeline.corpus.looking.choices import Choice, table_choices
from pipeline.corpus.looking.columns import FileLook, TableLook
from pipeline.corpus.looking.labels import (
    by_split,
    label_units,
    said_of_new_labels,
    said_of_writing,
)
from pipeline.corpus.looking.seen import Look, said_of_files, said_of_splits, where_from
from pipeline.corpus.looking.written import shared_delimiter, shared_encoding
from pipeline.params.sources import table

NO_TEXT = "the files are no text files, or say it themselves"


def look_at_table(files: Sequence[Path], inside: str, root: Path) -> Look:
    """Every row of some files, which are one table.

    Raises:
        ValueError: as `look_at` says.
    """
    in_text = [path for path in files if suffix_of(path) != ".parquet"]
    encoding, how = shared_encoding(in_text) if in_text else ("utf-8", NO_TEXT)
    commas = [path for path in in_text if suffix_of(path) == ".csv"]
    delimiter = shared_delimiter(commas, encoding)
    look, layout = TableLook(), Layout(encoding, delimiter)
    names = {path: path.relative_to(root).as_posix() for path in files}
    for path, name in names.items():
        look.add(name, read_records(path, layout))
    usual = delimiter in (None, ",")
    choices = table_choices(look, said_of_splits(files))
    return Look(
        [
            *said_of_files({name: [*_said(it, look)] for name, it in look.files.items()}),
            *look.doubled(),
            *_said_of_labels(look, choices, names, layout),
        ],
        list(look.columns.values()),
        [
            Choice("corpus.kind", table.KIND, "the ending says so"),
            Choice("corpus.table.path", inside, where_from(files)),
            Choice("corpus.table.encoding", encoding, how),
            Choice("corpus.table.delimiter", None if usual else delimiter,
                   "the usual one" if usual else "it cuts every line into as many cells"),
            *choices,
        ],
    )  # fmt: skip


def _said_of_labels(
    look: TableLook, choices: Sequence[Choice], names: Mapping[Path, str], layout: Layout
) -> Iterator[str]:
    """What is wrong with labels; the files are read again where splits are given."""
    chosen = {choice.name: choice.value for choice in choices}
    units = label_units(look.columns.values(), chosen)
    yield from said_of_writing(look.columns, units)
    column, split_of = chosen["corpus.table.split"], splits_of([*names])
    if units and (column or split_of):
        named = {names[path]: split for path, split in (split_of or {}).items()}
        rows = {name: read_records(path, layout) for path, name in names.items()}
        yield from said_of_new_labels(by_split(rows, named, column, units), units)


def _said(found: FileLook, look: TableLook) -> Iterator[str]:
    """A line for each thing that was seen of a file."""
    yield f"{found.rows:,} rows"
    if found.empty:
        yield f"{found.empty:,} more are empty, and are passed over"
    for reason, count in found.faults.most_common():
        yield f"{count:,} rows cannot be used: {reason}"
    if lacking := [name for name in look.columns if name not in found.names]:
        yield f"it lacks columns that other files have: {', '.join(lacking)}"
