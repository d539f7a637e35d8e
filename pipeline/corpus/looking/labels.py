"""The columns that are or may be labels -> what is wrong with how they are written, or missing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.artifacts import SPLITS, Split
from pipeline.corpus.formats.file_splits import split_in
from pipeline.corpus.formats.record_examples import text_of
from pipeline.corpus.formats.records import Record
from pipeline.corpus.looking.choices import may_be_label
from pipeline.corpus.looking.columns import Column
from pipeline.corpus.notes import never_learned, said_of_labels, said_of_unseen

Units = Mapping[str, str]
"""Column -> what has a label there: an example, a word or a span."""
Splits = Mapping[Split, Mapping[str, Mapping[str, int]]]
"""How often each split has each value of the columns of labels that were counted."""


def label_units(columns: Iterable[Column], chosen: Mapping[str, Any]) -> Units:
    """The columns of labels, as they were chosen, and those that could be learned too."""
    spans, words = chosen["corpus.table.spans"], chosen["corpus.table.annotations"]
    others = {chosen["corpus.table.text"], chosen["corpus.table.split"]}
    found = {it.name: "example" for it in columns if may_be_label(it) and it.name not in others}
    return found | ({spans: "span"} if spans else {}) | dict.fromkeys(words, "word")


def said_of_writing(columns: Mapping[str, Column], units: Units) -> Iterator[str]:
    """Labels in several ways, those of one alone, those that are texts in some rows."""
    for name, unit in units.items():
        column = columns[name]
        if not column.is_counted:
            continue
        yield from said_of_labels(name, column.values, unit)
        for value, others in column.no_texts.items():
            if texts := others and column.values[value] - others:
                yield (
                    f"{name}: {value} is a text in {texts:,} rows and none in {others:,}: "
                    f"taken for the same label"
                )


def by_split(
    files: Mapping[str, Iterable[Record]],
    named: Mapping[str, Split],
    column: str | None,
    labels: Iterable[str],
) -> Splits:
    """What the columns of labels hold in each split: by the files' names, or the column's cells."""
    labels = tuple(labels)
    found = {split: {name: Column(name) for name in labels} for split in SPLITS}
    for file, records in files.items():
        for record in records:
            said = text_of(record.cells.get(column)) if column else ""
            split = split_in(said) if column else named[file]
            if split and not record.reason:
                for name in labels:
                    found[split][name].add(record.cells.get(name))
    return {
        split: {name: it.values for name, it in columns.items() if it.is_counted}
        for split, columns in found.items()
    }


def said_of_new_labels(splits: Splits, units: Units) -> Iterator[str]:
    """Labels of validation and test that train never has."""
    for split in SPLITS[1:]:
        for name, unit in units.items():
            known, here = splits["train"].get(name), splits[split].get(name)
            if known is None or here is None:
                continue
            if unseen := never_learned(here, known):
                yield f"{name}: {said_of_unseen(split, unseen, unit)}"
