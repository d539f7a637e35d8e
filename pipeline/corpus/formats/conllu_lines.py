"""The lines of a CoNLL-U file -> examples, every fault with its file and line.

The library `conllu` reads identifiers, numbers and comments. The lines and columns are read here:
the library says no line numbers, and takes two spaces within a word for the end of a column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conllu.exceptions import ParseException
from conllu.parser import parse_comment_line, parse_id_value, parse_int_value

from pipeline.corpus.example import UNKNOWN, Example, expected_head
from pipeline.corpus.formats.text_lines import Line, blocks, read_lines
from pipeline.corpus.source import Found

COLUMNS = 10
"""Of a word line, as the format has it."""


@dataclass(frozen=True, slots=True)
class Word:
    """The columns of a word line that Headway keeps."""

    line: Line
    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str
    head: int
    deprel: str


ANNOTATIONS = ("lemma", "upos", "xpos", "feats", "head", "deprel")
"""The columns of `Word` that are stored beside the form."""


def read_conllu(path: Path, labels: Sequence[str], found: dict[str, Found]) -> Iterator[Example]:
    """The sentences of a CoNLL-U file (universaldependencies.org/format).

    Lines end with LF, CR LF or CR. What the file held is counted in `found`, by the file's name.

    Ranges of words (1-2), empty nodes (8.1) and comments without a sentence are left out. A head
    "_" (no syntax given) becomes 0. A label of the whole is the sentence's comment of that key,
    else "" (the genre: else that of its document's first sentence, else what stands before the "-"
    in `newdoc id`). The identifier is `sent_id`, else the file's name without suffix and the
    sentence's number; the document is the last `newdoc id`, else the same of the sentence after
    the last `newdoc`, else "" before any.

    Raises:
        ValueError: a line is no UTF-8, has not 10 columns, or its id, form, upos or head cannot be;
            the file holds no sentence.
    """
    held = found.setdefault(path.name, Found())
    held.begin()
    document_genre = document = ""
    for number, block in enumerate(blocks(read_lines(path)), 1):
        about = _comments(block)
        if "newdoc" in about or "newdoc id" in about:
            document_genre = about.get("genre") or _prefix(about.get("newdoc id"))
            document = about.get("newdoc id") or f"{path.stem}-{number}"
        lines = [line for line in block if not line.text.startswith("#")]
        held.comments += len(block) - len(lines)
        if not lines:
            continue
        words = _words(lines)
        held.sentences += 1
        held.left_out += len(lines) - len(words)
        about["genre"] = about.get("genre") or document_genre
        yield Example(
            sentence_id=about.get("sent_id") or f"{path.stem}-{number}",
            form=tuple(word.form for word in words),
            annotations={
                name: tuple(getattr(word, name) for word in words) for name in ANNOTATIONS
            },
            labels={name: about.get(name) or "" for name in labels},
            document=document,
        )
    if not held.sentences:
        raise ValueError(
            f"{path.name}: expected at least one sentence, found none, and {held.comments} lines "
            f"of comments: put the treebank's file there, or take this one out"
        )


def _comments(block: list[Line]) -> dict[str, Any]:
    """The sentence's comments, `# key = value`."""
    return dict(
        pair
        for line in block
        if line.text.startswith("#")
        for pair in parse_comment_line(line.text)
    )


def _prefix(document: str | None) -> str:
    """The genre in a document's name, as in weblog-someone_2005."""
    before, dash, _ = (document or "").partition("-")
    return before if dash else ""


def _words(lines: list[Line]) -> list[Word]:
    """The words of a sentence, with ids 1, 2, 3 and heads among them."""
    words: list[Word] = []
    for line in lines:
        columns = line.text.split("\t")
        if len(columns) != COLUMNS:
            raise line.fault(f"expected {COLUMNS} tab-separated columns, found {len(columns)}")
        identifier = _number(line, "id", columns[0])
        if isinstance(identifier, tuple):
            continue
        if identifier != len(words) + 1:
            raise line.fault(f"expected id {len(words) + 1}, found {columns[0]!r}")
        words.append(_word(line, columns))
    for place, word in enumerate(words, 1):
        if not 0 <= word.head <= len(words) or word.head == place:
            raise word.line.fault(f"{expected_head(len(words))} as head, found {word.head}")
    if not words:
        raise lines[0].fault("expected at least one word in the sentence, found none")
    return words


def _word(line: Line, columns: list[str]) -> Word:
    """The columns of one word."""
    _, form, lemma, upos, xpos, feats, head, deprel, _, _ = columns
    if not form:
        raise line.fault("expected a form, found none")
    if upos in ("", UNKNOWN):
        raise line.fault(f"expected a part of speech in the column UPOS, found {upos!r}")
    return Word(
        line=line,
        form=form,
        lemma=lemma or UNKNOWN,
        upos=upos,
        xpos=xpos or UNKNOWN,
        feats=feats or UNKNOWN,
        head=_number(line, "head", head) or 0,
        deprel=deprel or UNKNOWN,
    )


def _number(line: Line, column: str, text: str) -> Any:
    """The library's reading of an id (a tuple for 1-2 and 8.1) or a head (None for "_")."""
    try:
        return parse_id_value(text) if column == "id" else parse_int_value(text)
    except ParseException:
        raise line.fault(f"expected a number as {column}, found {text!r}") from None
