"""Source `conll`: files with a word a line, in columns -> examples in three splits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.artifacts import Artifacts, Split
from pipeline.corpus.example import Example
from pipeline.corpus.formats.data_files import data_files
from pipeline.corpus.formats.file_splits import splits_of
from pipeline.corpus.formats.made_splits import made_split
from pipeline.corpus.formats.text_lines import Line, blocks
from pipeline.corpus.source import Examples, Found, Source
from pipeline.params.sources.conll import ConllCorpus, ConllParams

SUFFIXES = (".conll", ".tsv", ".txt", ".bio", ".iob", ".iob2")
DOCUMENT = "-DOCSTART-"
"""The word of a line that begins a document, as CoNLL's shared tasks have it."""
SPACE = re.compile(r"[^\S\u00a0\u2007\u202f]+")
"""White space; a no-break space stands inside a word."""


def open_source(params: ConllCorpus, artifacts: Artifacts) -> Source:
    """The files that `corpus.conll` names, as `columns_source` opens them."""
    return columns_source(params.conll, artifacts)


def columns_source(params: ConllParams, artifacts: Artifacts) -> Source:
    """Words in columns, with an empty line between sentences.

    Files are taken by their names; where these speak of no split, splits are made.

    Raises:
        ValueError: the path lies outside data/source, there is no such file, or only some names
            speak of a split; and, while the stream is read, whatever `read_columns` objects to.
        FileNotFoundError: there is nothing at the path.
    """
    files = data_files(artifacts, params.path, SUFFIXES)
    named = splits_of(files)
    found: dict[str, Found] = {}
    return Source(
        kind="conll",
        name=Path(params.path).name,
        origin=", ".join(path.relative_to(artifacts.root).as_posix() for path in files),
        licence=None,
        notices={},
        splits=_sorted(files, named, params, found),
        found=found,
        is_made=named is None,
    )


def _sorted(
    files: Sequence[Path],
    named: Mapping[Path, Split] | None,
    params: ConllParams,
    found: dict[str, Found],
) -> Examples:
    for path in files:
        for example in read_columns(path, params, found):
            yield (named[path] if named else made_split(example, params.shares)), example


def read_columns(path: Path, params: ConllParams, found: dict[str, Found]) -> Iterator[Example]:
    """The sentences of a file of words in columns; what it held is counted in `found`.

    A line of the word -DOCSTART- begins a document. Before the first word of a sentence, lines
    `# key = value` are comments, and others that begin with "#" and white space and have another
    number of columns; `# sent_id = ...` is its name, else the file's and the sentence's number.

    Raises:
        ValueError: a line is no UTF-8 or has another number of columns, or there is no sentence.
    """
    held = found.setdefault(path.name, Found())
    held.begin()
    document, documents = "", 0
    for block in blocks(path):
        lines = _without_comments(block, params)
        held.comments += len(block) - len(lines)
        rows = [_cells(line, params) for line in lines]
        if rows and rows[0][params.columns.index("form")] == DOCUMENT:
            documents += 1
            document = f"{path.stem}-{documents}"
            rows = rows[1:]
        if not rows:
            continue
        held.sentences += 1
        name = _name(block[: len(block) - len(lines)]) or f"{path.stem}-{held.sentences}"
        by_column = dict(zip(params.columns, zip(*rows, strict=True), strict=True))
        by_column.pop("_", None)
        form = by_column.pop("form")
        yield Example(sentence_id=name, form=form, annotations=by_column, document=document)
    if not held.sentences:
        raise ValueError(
            f"{path.name}: expected at least one sentence, a word a line, found none: put the "
            f"file there, or take this one out"
        )


def _without_comments(block: Sequence[Line], params: ConllParams) -> list[Line]:
    """The lines from the first word on: a word may be "#" itself, and begins no comment then."""
    for place, line in enumerate(block):
        is_comment = SETTING.match(line.text) or (
            COMMENT.match(line.text) and len(_cut(line, params)) != len(params.columns)
        )
        if not is_comment:
            return list(block[place:])
    return []


COMMENT, SETTING = re.compile(r"#\s"), re.compile(r"#\s*\S+\s+=\s")
SENT_ID = re.compile(r"#\s*sent_id\s*=\s*(\S.*?)\s*")


def _name(comments: Sequence[Line]) -> str:
    matches = (SENT_ID.fullmatch(line.text) for line in comments)
    return next((match[1] for match in matches if match), "")


def _cut(line: Line, params: ConllParams) -> list[str]:
    if params.separator == "tab":
        return line.text.split("\t")
    return SPACE.split(line.text.strip())


def _cells(line: Line, params: ConllParams) -> list[str]:
    cells = _cut(line, params)
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
