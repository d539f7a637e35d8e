"""A person's file -> what it holds and what to write into params.yaml for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.corpus.formats.characters import suffix_of
from pipeline.corpus.formats.records import READERS, Layout, read_records
from pipeline.corpus.formats.text_units import read_units
from pipeline.corpus.looking.choices import Choice, table_choices
from pipeline.corpus.looking.columns import Column, TableLook, look_at_rows
from pipeline.corpus.looking.written import found_delimiter, found_encoding
from pipeline.corpus.source import local_path
from pipeline.params.objective import learning_text
from pipeline.params.sources import table, text

MOSTLY = 0.1
"""The share of lines that are empty from which what stands between them is a paragraph."""


@dataclass(frozen=True)
class Look:
    """What a file holds, and what follows."""

    said: list[str]
    """A line for each thing that was seen."""
    columns: list[Column]
    choices: list[Choice]


def look_at(artifacts: Artifacts, path: str, max_length: int) -> Look:
    """Read a file once; what an example may hold at most is `max_length` tokens.

    Raises:
        ValueError: it lies outside data/source, is damaged, or holds no text.
        FileNotFoundError: there is nothing.
    """
    place = local_path(artifacts, path)
    inside = place.relative_to(artifacts.root).as_posix()
    if place.is_dir():
        raise ValueError(
            f"{inside} is a folder: name one of its files, and then set the path to it"
        )
    seen = _look_at_table if suffix_of(place) in READERS else _look_at_text
    look = seen(place, inside)
    longest = max((column.longest for column in look.columns), default=0)
    if longest > max_length:
        why = f"the longest has {longest:,} words, and the model takes {max_length:,} tokens"
        look.choices.append(Choice("tokenize.overlong", "truncate", why))
    return look


def _look_at_table(place: Path, inside: str) -> Look:
    encoding, how = "utf-8", "the file is no text file, or says it itself"
    delimiter = None
    if suffix_of(place) != ".parquet":
        encoding, how = found_encoding(place)
        if suffix_of(place) == ".csv":
            delimiter = found_delimiter(place, encoding)
    look = look_at_rows(read_records(place, Layout(encoding, delimiter)))
    usual = delimiter in (None, ",")
    return Look(
        [f"{inside}: {look.rows:,} rows", *_faults(look)],
        list(look.columns.values()),
        [
            Choice("corpus.kind", table.KIND, "the file's ending says so"),
            Choice("corpus.table.path", inside, "the file that was looked at"),
            Choice("corpus.table.encoding", encoding, how),
            Choice("corpus.table.delimiter", None if usual else delimiter,
                   "the usual one" if usual else "it cuts every line into as many cells"),
            *table_choices(look),
        ],
    )  # fmt: skip


def _faults(look: TableLook) -> Iterable[str]:
    if look.empty:
        yield f"{look.empty:,} more are empty, and are passed over"
    for reason, count in look.faults.most_common():
        yield f"{count:,} rows cannot be used: {reason}"


def _look_at_text(place: Path, inside: str) -> Look:
    encoding, how = found_encoding(place)
    lines, empty, column = 0, 0, Column("text")
    for _, line in read_units(place, encoding, "line"):
        lines += 1
        empty += not line.strip()
        column.add(line)
    is_parted = empty > MOSTLY * lines
    unit = "paragraph" if is_parted else "line"
    why = f"{empty:,} of {lines:,} lines are empty" + ", and part the others" * is_parted
    objective = [
        Choice(name, value, "a text alone: hidden words are learned")
        for name, value in learning_text().items()
    ]
    return Look(
        [f"{inside}: {lines:,} lines, {empty:,} of them empty"],
        [column],
        [
            Choice("corpus.kind", text.KIND, "the file's ending is that of no table"),
            Choice("corpus.text.path", inside, "the file that was looked at"),
            Choice("corpus.text.encoding", encoding, how),
            Choice("corpus.text.unit", unit, why),
            *objective,
        ],
    )
