"""A row of a data set -> a sentence; rows of multi-word tokens and empty nodes are no words."""

import re
from collections.abc import Callable, Mapping
from itertools import compress
from typing import Any

from pipeline.corpus.cells import Cells, column_reader, is_text
from pipeline.corpus.sentence import Sentence
from pipeline.corpus.source import Found
from pipeline.params.sources.dataset import DatasetParams

Readers = dict[str, Callable[[Mapping[str, Any]], Cells]]

NO_WORD = re.compile(r"\d+[-.]\d+")
"""CoNLL-U's id of a multi-word token, 1-2, or of an empty node, 8.1."""
NO_HEAD = ("None", "_")
"""How data sets write the head of a row that has none; the library `conllu` reads "_" as None."""


def column_readers(features: Mapping[str, Any], params: DatasetParams) -> Readers:
    """How to read the columns that a data set has for every word.

    Raises:
        ValueError: as `column_reader` says.
    """
    readers = {
        "form": column_reader(features, params.form),
        "upos": column_reader(features, params.upos),
    }
    for name in ("lemma", "xpos", "deprel"):
        if name in features:
            readers[name] = column_reader(features, name, missing="_")
    if "head" in features:
        readers["head"] = column_reader(features, "head", missing=NO_HEAD[0])
    if is_text(getattr(features.get("id"), "feature", None)):
        readers["id"] = column_reader(features, "id", missing="_")
    return readers


def read_row(
    row: Mapping[str, Any], numbered: str, readers: Readers, params: DatasetParams, found: Found
) -> Sentence:
    """One sentence; its faults are named by the row, the column and the word.

    What is a word: as CoNLL-U's ids say, where the column `id` has a range (1-2) or an empty node
    (8.1); else every entry but those with the tag "_" and no head.

    Raises:
        ValueError: the row is no sentence.
    """
    try:
        cells = {name: read(row) for name, read in readers.items()}
        is_word = _words_among(cells)
        found.left_out += is_word.count(False)
        words = {name: tuple(compress(cell, is_word)) for name, cell in cells.items()}
        unknown = ("_",) * len(words["form"])
        _check_tags(words, params)
        return Sentence(
            sentence_id=str(row.get("sentence_id") or numbered),
            genre=str(row.get("genre") or ""),
            form=words["form"],
            lemma=words.get("lemma", unknown),
            upos=words["upos"],
            xpos=words.get("xpos", unknown),
            head=_heads(words.get("head", unknown)),
            deprel=words.get("deprel", unknown),
            document=str(row.get("document") or ""),
        )
    except ValueError as error:
        raise ValueError(f"row {numbered} of the data set: {error}") from None


def _words_among(cells: Mapping[str, Cells]) -> list[bool]:
    """Which entries of the row are words."""
    longest = max(map(len, cells.values()))
    if {len(cell) for cell in cells.values()} != {longest}:
        return [True] * longest  # the sentence says what is wrong
    by_id = [NO_WORD.fullmatch(str(name)) is None for name in cells.get("id", ())]
    if not all(by_id) or "head" not in cells:
        return by_id or [True] * longest
    pairs = zip(cells["upos"], cells["head"], strict=True)
    return [not (tag == "_" and head in NO_HEAD) for tag, head in pairs]


def _check_tags(words: Mapping[str, Cells], params: DatasetParams) -> None:
    """Raise ValueError where a word has the tag "_"."""
    if "_" in words["upos"]:
        place = words["upos"].index("_")
        form = words["form"][place] if place < len(words["form"]) else ""
        raise ValueError(
            f"the column {params.upos!r} has the tag '_' for word {place + 1}, {form!r}: expected "
            f"a tag for each word; if that is a multi-word token before its words, say so in a "
            f"column 'id' (1-2), with the head None, or take it out; if '_' is a tag of your own, "
            f"give it another name"
        )


def _heads(cell: Cells) -> tuple[int, ...]:
    """The heads as numbers; 0 everywhere where there is no syntax."""
    if all(head in NO_HEAD for head in cell):
        return (0,) * len(cell)
    return tuple(_head(head, place) for place, head in enumerate(cell, 1))


def _head(head: Any, place: int) -> int:
    if head == "_":
        return 0
    try:
        return int(head)
    except ValueError:
        raise ValueError(
            f"the column 'head' has {head!r} for word {place}: expected a number, 0 for the root; "
            f"a multi-word token before its words has the tag '_' too, or a range (1-2) as 'id'"
        ) from None
