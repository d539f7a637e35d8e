"""A row of a table -> an example; rows of multi-word tokens and empty nodes are no words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from pipeline.corpus.columns import TEXT
from pipeline.corpus.example import BETWEEN, UNKNOWN, Example, Label
from pipeline.corpus.formats.cells import (
    NO_HEAD,
    Cells,
    Row,
    heads_of,
    is_text,
    label_reader,
    word_reader,
)
from pipeline.corpus.formats.text_examples import pair_example, text_example
from pipeline.corpus.source import Found

NO_WORD = re.compile(r"\d+[-.]\d+")
"""CoNLL-U's id of a multi-word token, 1-2, or of an empty node, 8.1."""


@dataclass(frozen=True)
class Readers:
    """How to read the columns of a table that are wanted."""

    form: Callable[[Row], Cells]
    second: Callable[[Row], Cells] | None
    """The words of the other text, of pairs."""
    annotations: dict[str, Callable[[Row], Cells]]
    labels: dict[str, Callable[[Row], Label]]
    identifier: Callable[[Row], Cells] | None
    """CoNLL-U's ids, in a list named id, where there is one."""
    texts: tuple[str, ...]
    """The columns of the text, or of the two texts of a pair, that are to be cut into words and
    kept; none where there are lists of words, or annotations of words."""


def column_readers(
    features: Mapping[str, Any],
    form: str,
    second: str | None,
    annotations: Sequence[str],
    labels: Sequence[str],
) -> Readers:
    """How to read the columns that are named.

    Raises:
        ValueError: one is not there, or holds something else.
    """
    missing = {name: NO_HEAD[0] if name == "head" else UNKNOWN for name in annotations}
    has_ids = is_text(getattr(features.get("id"), "feature", None))
    named = (form, second) if second else (form,)
    texts = () if annotations or not all(is_text(features.get(it)) for it in named) else named
    if texts and (taken := sorted({*TEXT} & {*labels})):
        raise ValueError(
            f"the label {taken[0]!r} has a name that corpora of texts use themselves "
            f"({', '.join(TEXT)}): give the column another one"
        )
    return Readers(
        form=word_reader(features, form),
        second=word_reader(features, second) if second else None,
        annotations={name: word_reader(features, name, missing[name]) for name in annotations},
        labels={name: label_reader(features, name) for name in labels},
        identifier=word_reader(features, "id", UNKNOWN) if has_ids else None,
        texts=texts,
    )


def read_row(row: Row, numbered: str, readers: Readers, found: Found) -> Example:
    """One example; its faults are named by the row, the column and the word.

    What is a word: as CoNLL-U's ids say, where the column `id` has a range (1-2) or an empty node
    (8.1); else every entry but those without a head of which no other column says anything.

    Raises:
        ValueError: the row is no example.
    """
    try:
        if readers.texts:
            return _of_texts(row, numbered, readers)
        forms = _forms(row, readers)
        cells = {name: read(row) for name, read in readers.annotations.items()}
        is_word = _words_among(forms, cells, readers.identifier(row) if readers.identifier else ())
        found.left_out += is_word.count(False)
        form = tuple(compress(forms, is_word))
        words = {name: tuple(compress(cell, is_word)) for name, cell in cells.items()}
        _check_known(form, words)
        if "head" in words:
            words["head"] = heads_of(words["head"])
        return Example(
            sentence_id=_name(row, numbered),
            form=form,
            annotations=words,
            labels={name: read(row) for name, read in readers.labels.items()},
            document=_document(row),
        )
    except ValueError as error:
        raise ValueError(f"row {numbered} of the data set: {error}") from None


def _of_texts(row: Row, numbered: str, readers: Readers) -> Example:
    """The example of a text, or of two, which are kept as they are written."""
    labels = {name: read(row) for name, read in readers.labels.items()}
    found = [row[name] for name in readers.texts]
    if len(found) == 2:
        return pair_example(
            (found[0], found[1]), lambda _: _name(row, numbered), labels, _document(row)
        )
    return text_example(found[0], lambda _: _name(row, numbered), labels, _document(row))


def _name(row: Row, numbered: str) -> str:
    return str(row.get("sentence_id") or numbered)


def _document(row: Row) -> str:
    return str(row.get("document") or "")


def _forms(row: Row, readers: Readers) -> Cells:
    """The words; of a pair those of both texts, with a word between them."""
    if readers.second is None:
        return readers.form(row)
    return (*readers.form(row), BETWEEN, *readers.second(row))


def _words_among(forms: Cells, cells: Mapping[str, Cells], ids: Cells) -> list[bool]:
    """Which entries of the row are words."""
    if {len(cell) for cell in (*cells.values(), *([ids] if ids else []))} - {len(forms)}:
        return [True] * max(map(len, (forms, *cells.values())))  # the example says what is wrong
    by_id = [NO_WORD.fullmatch(str(name)) is None for name in ids]
    if not all(by_id) or "head" not in cells:
        return by_id or [True] * len(forms)
    unknown = _unknown(len(forms), cells)
    return [not (it and head in NO_HEAD) for it, head in zip(unknown, cells["head"], strict=True)]


def _unknown(count: int, cells: Mapping[str, Cells]) -> list[bool]:
    """Of which words the columns beside `head` say nothing; of none where there are no others."""
    columns = [cell for name, cell in cells.items() if name != "head"]
    return [bool(columns) and all(cell[i] == UNKNOWN for cell in columns) for i in range(count)]


def _check_known(form: Cells, words: Mapping[str, Cells]) -> None:
    """Raise ValueError where no column says anything of a word."""
    if {len(cell) for cell in words.values()} - {len(form)}:
        return  # the example says what is wrong
    unknown = _unknown(len(form), words)
    if any(unknown):
        place = unknown.index(True)
        columns = ", ".join(repr(name) for name in words if name != "head")
        raise ValueError(
            f"{columns}: found '_' for word {place + 1}, {form[place]!r}: expected something known "
            f"of each word; if that is a multi-word token before its words, say so in a column "
            f"'id' (1-2), with the head None, or take it out; if '_' is a label of your own, give "
            f"it another name"
        )
