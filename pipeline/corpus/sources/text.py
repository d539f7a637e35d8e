"""Source `text`: a person's plain text -> examples, a line, a paragraph or a file each."""

from functools import partial
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.corpus.formats.data_files import data_files, named_files
from pipeline.corpus.formats.file_splits import not_given, splits_of
from pipeline.corpus.formats.sorted_rows import Made, Naming, NothingThereError, Rows, sorted_rows
from pipeline.corpus.formats.text_examples import text_example
from pipeline.corpus.formats.text_units import read_units
from pipeline.corpus.rejected import Rejections
from pipeline.corpus.source import FoundRows, Source
from pipeline.params.sources.text import TextCorpus, TextParams

SUFFIXES = (".txt", ".text", ".md")
"""The files that are read of a folder."""


def open_source(params: TextCorpus, artifacts: Artifacts) -> Source:
    """The text that `corpus.text` names.

    Raises:
        ValueError: there is no such file; and, while the stream is read, it is damaged, or too much
            of it is no text.
        FileNotFoundError: there is nothing at the path.
    """
    text = params.text
    files = data_files(artifacts, text.path, SUFFIXES)
    names = {path: path.relative_to(artifacts.root).as_posix() for path in files}
    splits = splits_of(files) or {}
    found = {name: FoundRows() for name in names.values()}
    missing = not_given({*splits.values()})
    rejections = Rejections(params.max_rejected)
    return Source(
        kind="text",
        name=Path(text.path).name,
        origin=named_files([*found]),
        licence=text.licence,
        notices={},
        splits=sorted_rows(
            {name: _rows(path, text) for path, name in names.items()},
            {names[path]: split for path, split in splits.items()},
            missing,
            text.shares,
            found,
            rejections,
        ),
        found=found,
        rejections=rejections,
        cut_from_train=missing,
        is_made=not splits,
    )


def _rows(path: Path, text: TextParams) -> Rows:
    for number, unit in read_units(path, text.encoding, text.unit):
        yield number, partial(_made, unit)


def _made(unit: str, named: Naming) -> Made:
    if not unit.strip():
        raise NothingThereError
    return Made(text_example(unit, named(None), {}))
