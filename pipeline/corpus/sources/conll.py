"""Source `conll`: files with a word a line, in columns -> examples in three splits."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.artifacts import Artifacts, Split
from pipeline.corpus.example import Example
from pipeline.corpus.formats.data_files import data_files, named_files
from pipeline.corpus.formats.file_splits import not_given, splits_of
from pipeline.corpus.formats.made_splits import cut_from_train, made_split
from pipeline.corpus.formats.text_lines import Line, blocks, read_lines
from pipeline.corpus.formats.word_lines import DOCUMENT, cut, no_sentence, without_comments
from pipeline.corpus.source import Examples, Found, Source
from pipeline.params.sources.conll import ConllCorpus, ConllParams

OF_WORDS = (".conll", ".bio", ".iob", ".iob2")
"""Endings of files with a word a line alone."""
SUFFIXES = (*OF_WORDS, ".tsv", ".txt")
SENT_ID = re.compile(r"#\s*sent_id\s*=\s*(\S.*?)\s*")


def open_source(params: ConllCorpus, artifacts: Artifacts) -> Source:
    """The files that `corpus.conll` names, as `columns_source` opens them."""
    return columns_source(params.conll, artifacts)


def columns_source(params: ConllParams, artifacts: Artifacts) -> Source:
    """Words in columns, with an empty line between sentences.

    Files are taken by their names; where these speak of no split, splits are made; where they
    speak of some alone, the others are cut from train.

    Raises:
        ValueError: the path lies outside data/source, there is no such file, only some names speak
            of a split, or none of train; and, while the stream is read, whatever `read_columns`
            objects to.
        FileNotFoundError: there is nothing at the path.
    """
    files = data_files(artifacts, params.path, SUFFIXES)
    named = splits_of(files) or {}
    found: dict[str, Found] = {}
    return Source(
        kind="conll",
        name=Path(params.path).name,
        origin=named_files([path.relative_to(artifacts.root).as_posix() for path in files]),
        licence=None,
        notices={},
        splits=_sorted(files, named, artifacts.root, params, found),
        found=found,
        cut_from_train=not_given({*named.values()}),
        is_made=not named,
    )


def _sorted(
    files: Sequence[Path],
    named: Mapping[Path, Split],
    root: Path,
    params: ConllParams,
    found: dict[str, Found],
) -> Examples:
    missing = not_given({*named.values()})
    for path, name in _short_names(files, root).items():
        for example in read_columns(path, name, params, found):
            split = named.get(path) or made_split(example, params.shares)
            if missing and split == "train":
                split = cut_from_train(example, params.shares, missing)
            yield split, example


def _short_names(files: Sequence[Path], root: Path) -> dict[Path, str]:
    """What each file is called: without its ending or its folder, where others have that too."""
    ways: Sequence[Callable[[Path], str]] = (
        lambda path: path.stem,
        lambda path: path.name,
        lambda path: path.relative_to(root).as_posix(),
    )
    for way in ways:
        names = {path: way(path) for path in files}
        if len({*names.values()}) == len(files):
            break
    return names


def read_columns(
    path: Path, name: str, params: ConllParams, found: dict[str, Found]
) -> Iterator[Example]:
    """The sentences of a file of words in columns; what it held is counted in `found`.

    A line of the word -DOCSTART- begins a document. Comments stand before the first word of a
    sentence; `# sent_id = ...` is its name, else the file's and the sentence's number.

    Raises:
        ValueError: a line is no UTF-8 or has another number of columns, or there is no sentence.
    """
    held = found.setdefault(path.name if name == path.stem else name, Found())
    held.begin()
    document, documents = "", 0
    for block in blocks(read_lines(path)):
        lines = without_comments(block, params.separator, len(params.columns))
        held.comments += len(block) - len(lines)
        rows = [_cells(line, params) for line in lines]
        if rows and rows[0][params.columns.index("form")] == DOCUMENT:
            documents += 1
            document = f"{name}-{documents}"
            rows = rows[1:]
        if not rows:
            continue
        held.sentences += 1
        own = _name(block[: len(block) - len(lines)]) or f"{name}-{held.sentences}"
        by_column = dict(zip(params.columns, zip(*rows, strict=True), strict=True))
        by_column.pop("_", None)
        form = by_column.pop("form")
        yield Example(sentence_id=own, form=form, annotations=by_column, document=document)
    if not held.sentences:
        raise no_sentence(path)


def _name(comments: Sequence[Line]) -> str:
    matches = (SENT_ID.fullmatch(line.text) for line in comments)
    return next((match[1] for match in matches if match), "")


def _cells(line: Line, params: ConllParams) -> list[str]:
    cells = cut(line.text, params.separator)
    if len(cells) != len(params.columns):
        between = "tabs" if params.separator == "tab" else "white space"
        raise line.fault(
            f"expected {len(params.columns)} columns ({' '.join(params.columns)}) with {between} "
            f"between them, found {len(cells)}; corpus.conll.columns names them"
        )
    if "" in cells:
        place = cells.index("") + 1
        raise line.fault(f"expected something in every column, found nothing in column {place}")
    return cells
