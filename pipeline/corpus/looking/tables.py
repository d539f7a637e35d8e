"""Files of a table -> what they hold and what to write into params.yaml for them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.corpus.formats.characters import suffix_of
from pipeline.corpus.formats.records import Layout, read_records
from pipeline.corpus.looking.choices import Choice, table_choices
from pipeline.corpus.looking.columns import FileLook, TableLook
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
    look = TableLook()
    for path in files:
        name = path.relative_to(root).as_posix()
        look.add(name, read_records(path, Layout(encoding, delimiter)))
    usual = delimiter in (None, ",")
    return Look(
        [*said_of_files({name: [*_said(it, look)] for name, it in look.files.items()})],
        list(look.columns.values()),
        [
            Choice("corpus.kind", table.KIND, "the ending says so"),
            Choice("corpus.table.path", inside, where_from(files)),
            Choice("corpus.table.encoding", encoding, how),
            Choice("corpus.table.delimiter", None if usual else delimiter,
                   "the usual one" if usual else "it cuts every line into as many cells"),
            *table_choices(look, said_of_splits(files)),
        ],
    )  # fmt: skip


def _said(found: FileLook, look: TableLook) -> Iterator[str]:
    """A line for each thing that was seen of a file."""
    yield f"{found.rows:,} rows"
    if found.empty:
        yield f"{found.empty:,} more are empty, and are passed over"
    for reason, count in found.faults.most_common():
        yield f"{count:,} rows cannot be used: {reason}"
    if lacking := [name for name in look.columns if name not in found.names]:
        yield f"it lacks columns that other files have: {', '.join(lacking)}"
