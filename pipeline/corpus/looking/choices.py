"""What a table's columns hold -> what to write into params.yaml, with a sentence on each choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.corpus.columns import TAKEN
from pipeline.corpus.formats.file_splits import split_in
from pipeline.corpus.formats.text_spans import SCHEME
from pipeline.corpus.looking.columns import SPANS, Column, TableLook
from pipeline.params.objective import (
    learning_spans,
    learning_text,
    learning_whole,
    learning_words,
)

LABEL_NAMES = (
    "label", "labels", "class", "category", "target", "sentiment", "topic", "intent", "genre", "y",
)  # fmt: skip
"""What people call a column that is to be learned, in order."""
FEW = 50
"""The most distinct values of a column that is taken for labels."""
EACH = 2
"""Rows that each of them has at least, on average."""


@dataclass(frozen=True)
class Choice:
    """A value for a parameter, and why."""

    name: str
    """With dots, as corpus.kind."""
    value: Any
    why: str


def table_choices(look: TableLook, named: str | None) -> list[Choice]:
    """Which columns are the text, the split and the label; and what is learned then.

    `named` says which splits the names of the files speak of; None where they speak of none.

    Raises:
        ValueError: no column holds texts or lists of words.
    """
    columns = list(look.columns.values())
    split = next((column for column in columns if _is_split(column)), None)
    rest = [column for column in columns if column is not split]
    words = next((column for column in rest if _is_words(column)), None)
    text = words or _longest_text(rest)
    annotations = [it for it in rest if words and it is not words and _is_beside(it, words)]
    spans = None if words else next((it for it in rest if _is_spans(it)), None)
    label, why = _label([it for it in rest if it not in (text, spans, *annotations)])
    return [
        *_text_choices(text, is_text=words is None),
        Choice("corpus.table.spans", spans and spans.name,
               "each of its cells lists parts of the text, with start, end and label" if spans else
               "no column lists parts of the text"),
        Choice("corpus.table.annotations", [it.name for it in annotations],
               "lists as long as those of the words" if annotations else
               "no column has something for each word"),
        Choice("corpus.table.labels", [label.name] if label else [], why),
        Choice("corpus.table.split", split and split.name,
               f"its values are {', '.join(map(repr, split.values))}" if split else
               named or "neither a column nor files' names say the split: splits are made"),
        Choice("corpus.table.document", None,
               "name a column here if rows belong together, such as those of one book"),
        *_learned(look, label, spans, annotations),
    ]  # fmt: skip


def _text_choices(column: Column, is_text: bool) -> list[Choice]:
    """Where the words come from."""
    if is_text:
        why = f"of all columns its texts are longest: {column.mean_words:.1f} words on average"
        return [
            Choice("corpus.table.text", column.name, why),
            Choice("corpus.table.words", None, "texts are cut into words instead"),
            Choice("corpus.table.second", None, "name a column here if rows are pairs of texts"),
        ]
    why = f"its lists are called words: {column.mean_words:.1f} on average"
    return [
        Choice("corpus.table.text", None, "words are given"),
        Choice("corpus.table.words", column.name, why),
        Choice("corpus.table.second", None, "words are given"),
    ]


def _is_split(column: Column) -> bool:
    called = set(map(split_in, column.values))
    return column.is_counted and len(called) > 1 and None not in called


def _is_words(column: Column) -> bool:
    return set(column.kinds) == {"list"} and column.name.lower() in ("tokens", "words", "form")


def _is_beside(column: Column, words: Column) -> bool:
    return set(column.kinds) == {"list"} and column.words == words.words


def _is_spans(column: Column) -> bool:
    return column.kinds[SPANS] > column.filled / 2


def _longest_text(columns: Sequence[Column]) -> Column:
    texts = [it for it in columns if it.kinds["text"] > it.filled / 2]
    if not texts:
        found = ", ".join(column.name for column in columns) or "none"
        raise ValueError(f"expected a column of texts, or of words (a list), found {found}")
    return max(texts, key=lambda column: (column.mean_words, sum(column.letters.values())))


def may_be_label(column: Column) -> bool:
    """Whether a column's values are few, and come again."""
    few = column.is_counted and 2 <= len(column.values) <= FEW
    return few and column.filled >= EACH * len(column.values)


def _label(columns: Sequence[Column]) -> tuple[Column | None, str]:
    """The column that may be learned: one that people call so, else the one with fewest values."""
    fit = [*filter(may_be_label, columns)]
    if not fit:
        return None, f"no column has 2 to {FEW} values that come {EACH} times each on average"
    named = {column.name.lower(): column for column in reversed(fit)}
    called = next((named[name] for name in LABEL_NAMES if name in named), None)
    found = called or min(fit, key=lambda column: len(column.values))
    told = "it is called so:" if called else "of all columns it has the fewest values:"
    others = [column.name for column in fit if column is not found]
    more = f"; {', '.join(others)} could be learned too" if others else ""
    return found, f"{told} {len(found.values)} different ones in {found.filled:,} rows{more}"


def _learned(
    look: TableLook, label: Column | None, spans: Column | None, annotations: Sequence[Column]
) -> list[Choice]:
    """The objective that fits."""
    if spans:
        why = f"the column {spans.name} has parts of the texts, of {len(spans.values)} kinds"
        return _each(learning_spans(_kept(spans), SCHEME), why)
    if annotations:
        why = f"the column {annotations[0].name} has something for each word"
        return _each(learning_words(annotations[0].name), why)
    if label is None:
        return _each(learning_text(), "no column is a label: hidden words are learned")
    without = look.usable - label.filled
    is_list = label.kinds["list"] > 0
    why = f"the column {label.name} has {'any number of labels' if is_list else 'a label'} for each"
    if without > 0:
        why += f"; {without:,} rows have none and are left out"
    return _each(learning_whole(_kept(label), is_list, without > 0), why)


def _kept(column: Column) -> str:
    """What it is called in the corpus."""
    return f"{column.name}_" if column.name in TAKEN else column.name


def _each(values: dict[str, Any], why: str) -> list[Choice]:
    return [Choice(name, value, why) for name, value in values.items()]
