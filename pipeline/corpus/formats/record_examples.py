"""A row of a table, with columns that were named -> an example, or why it is none."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.corpus.columns import TAKEN
from pipeline.corpus.example import Annotation, Example, Label
from pipeline.corpus.formats.cells import heads_of
from pipeline.corpus.formats.text_examples import Named, pair_example, spans_example, text_example
from pipeline.corpus.formats.unusual import require_spellable
from pipeline.corpus.formats.words import SPACE
from pipeline.params.sources.table import TableParams


@dataclass(frozen=True)
class Wanted:
    """What is taken of each row."""

    params: TableParams
    labels: Mapping[str, str]
    """Column -> its name in the corpus, of the labels and of all that is kept beside them."""
    listed: frozenset[str]
    """Those of them that hold lists."""
    spans: str
    """The name in the corpus of the tags that spans become; "" where there are none."""


MOST_TOLD = 500
"""Characters of a list of columns in a message."""
AGAIN = re.compile(r".+\.[0-9]+", re.DOTALL)
Rows = Sequence[Mapping[str, Any]]


def check_columns(params: TableParams, rows: Rows, where: str) -> None:
    """Raise ValueError where the first rows of a file lack a column that is named."""
    if not rows:
        raise ValueError(f"{where} has no rows: expected a header and rows below it, or objects")
    found = _columns(rows)
    for name in (*_read(params), *params.labels):
        if name not in found:
            raise ValueError(_missing(name, found, where))


def doubled_columns(rows: Rows) -> list[str]:
    """Columns that were called as one before them, by the names that they were given."""
    found = _columns(rows)
    return [it for it in found if AGAIN.fullmatch(it) and it.rpartition(".")[0] in found]


def wanted_columns(params: TableParams, rows: Rows) -> Wanted:
    """What to take, by the first rows of a table: all columns that are named, and all others.

    Raises:
        ValueError: what is known of each word has a name that the corpus needs.
    """
    if own := sorted({*TAKEN} & {*params.annotations}):
        raise ValueError(
            f"the annotation {own[0]!r} has a name that a corpus uses itself ({', '.join(TAKEN)}): "
            f"give the column another one"
        )
    found, read = _columns(rows), _read(params)
    kept = [name for name in found if name not in read and name not in params.labels]
    names, taken = {}, {*TAKEN, *params.annotations}
    for name in (*filter(None, [params.spans]), *params.labels, *kept):
        names[name] = name
        while names[name] in taken:
            names[name] += "_"
        taken.add(names[name])
    spans = names.pop(params.spans) if params.spans else ""
    listed = frozenset(n for n in names if any(isinstance(row.get(n), list) for row in rows))
    return Wanted(params, names, listed, spans)


def _columns(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _read(params: TableParams) -> list[str]:
    """The columns that are no labels and are not kept as such."""
    named = (
        params.text,
        params.second,
        params.words,
        params.spans,
        params.split,
        params.document,
        *params.annotations,
    )
    return [name for name in named if name]


def _missing(name: str, found: Sequence[str], where: str) -> str:
    told = ", ".join(map(repr, found))[:MOST_TOLD] or "none"
    if any("\0" in one for one in found):
        told += "; it looks like UTF-16: name that under encoding"
    elif len(found) == 1 and any(sign in found[0] for sign in ",;\t|"):
        told += "; if that is several, name the sign between them under delimiter"
    return f"{where} has no column {name!r}: name the right one in params.yaml; found {told}"


def example_of(row: Mapping[str, Any], wanted: Wanted, named: Named) -> Example:
    """The example that a row is.

    Raises:
        ValueError: it is none; the message says why.
    """
    params = wanted.params
    labels = {
        name: label_of(row.get(column), column in wanted.listed)
        for column, name in wanted.labels.items()
    }
    for label in labels.values():
        for one in [label] if isinstance(label, str) else label:
            require_spellable(one)
    document = text_of(row.get(params.document)) if params.document else ""
    require_spellable(document)
    if params.text is None:
        assert params.words is not None
        form = _words(row.get(params.words), params.words)
        annotations: dict[str, Annotation] = {
            name: _words(row.get(name), name) for name in params.annotations
        }
        if "head" in annotations:
            annotations["head"] = heads_of(annotations["head"])
        return Example(named(form), form, annotations, labels, document)
    if params.second:
        texts = row.get(params.text), row.get(params.second)
        return pair_example(texts, named, labels, document)
    if params.spans:
        spans = wanted.spans, row.get(params.spans)
        return spans_example(row.get(params.text), spans, named, labels, document)
    return text_example(row.get(params.text), named, labels, document)


def _words(cell: Any, column: str) -> tuple[str, ...]:
    """The entries of a list, or those between white space."""
    found = cell if isinstance(cell, list) else [*filter(None, SPACE.split(text_of(cell)))]
    entries = tuple(text_of(entry) for entry in found)
    if not entries:
        raise ValueError(f"its {column} is empty")
    for entry in entries:
        require_spellable(entry)
    return entries


def label_of(cell: Any, is_list: bool) -> Label:
    """A cell as a label: a text, as it is written, or several."""
    if not is_list:
        return text_of(cell)
    cells = cell if isinstance(cell, list) else [cell]
    return tuple(text for it in cells if (text := text_of(it)))


def is_number(cell: Any) -> bool:
    """Whether a cell says a number; NaN says nothing."""
    return type(cell) in (int, float) and not math.isnan(cell)


def text_of(cell: Any) -> str:
    """What a cell says: a text as it is, "" for nothing, anything else as JSON writes it."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, default=str)
