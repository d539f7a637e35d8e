"""A cell of a table's column -> what it says of each word, or of the whole."""

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.corpus.example import UNKNOWN, Label
from pipeline.corpus.formats.words import SPACE

Cells = tuple[Any, ...]
"""An entry for each word, or for what stands in a word's place."""
Row = Mapping[str, Any]
"""Column -> cell."""

NO_CLASS = (None, -1)
"""How the library `datasets` has a row without a class."""
NO_HEAD = ("None", UNKNOWN)
"""How data sets write the head of a row that has none; the library `conllu` reads "_" as None."""


def word_reader(
    features: Mapping[str, Any], column: str, missing: str | None = None
) -> Callable[[Row], Cells]:
    """How to read a column that has something for every word of a sentence.

    A list is taken as it is, class numbers by their names; text is cut at white space (a CSV file
    has no lists), but not at no-break spaces. Reading a row raises ValueError where the cell is
    missing, or an entry of its list; in lists of texts or heads, `missing` stands in for an entry.

    Raises:
        ValueError: there is no such column, or it holds something else.
    """
    feature = _feature(features, column)
    entry: Any = getattr(feature, "feature", None)
    if hasattr(entry, "int2str"):
        return lambda row: tuple(entry.int2str(_present(row, column, None)))
    if is_text(entry) or (column == "head" and _is_number(entry)):
        return lambda row: tuple(_present(row, column, missing))
    if is_text(feature):
        return lambda row: tuple(filter(None, SPACE.split(_present(row, column, None))))
    raise _unreadable(
        column, feature, "a list of words or labels, or text with spaces between them"
    )


def label_reader(features: Mapping[str, Any], column: str) -> Callable[[Row], Label]:
    """How to read a column that has something for the whole: a text or a class, or a list of them.

    A class number is taken by its name; a cell with nothing in it, or the class -1, is no label.

    Raises:
        ValueError: there is no such column, or it holds something else.
    """
    feature = _feature(features, column)
    entry: Any = getattr(feature, "feature", None)
    if hasattr(feature, "int2str"):
        return lambda row: "" if row[column] in NO_CLASS else str(feature.int2str(row[column]))
    if is_text(feature):
        return lambda row: row[column] or ""
    if hasattr(entry, "int2str"):
        return lambda row: tuple(entry.int2str(row[column] or []))
    if is_text(entry):
        return lambda row: tuple(row[column] or ())
    raise _unreadable(column, feature, "a text or a class for the whole, or a list of them")


def is_text(feature: Any) -> bool:
    """Whether a column, or the entries of its lists, hold text."""
    return getattr(feature, "dtype", None) in ("string", "large_string")


def heads_of(cell: Cells) -> tuple[int, ...]:
    """The heads as numbers; 0 everywhere where there is no syntax.

    Raises:
        ValueError: one is no number.
    """
    if all(head in NO_HEAD for head in cell):
        return (0,) * len(cell)
    return tuple(_head(head, place) for place, head in enumerate(cell, 1))


def _head(head: Any, place: int) -> int:
    if head == UNKNOWN:
        return 0
    try:
        return int(head)
    except ValueError:
        raise ValueError(
            f"the column 'head' has {head!r} for word {place}: expected a number, 0 for the root; "
            f"a multi-word token before its words has '_' in the other columns, or a range (1-2) "
            f"as 'id'"
        ) from None


def _feature(features: Mapping[str, Any], column: str) -> Any:
    if column not in features:
        raise ValueError(
            f"the data set has no column {column!r}; found {', '.join(features)}: "
            f"name the right one in params.yaml under corpus.dataset"
        )
    return features[column]


def _unreadable(column: str, feature: Any, wanted: str) -> ValueError:
    if _is_number(feature) or _is_number(getattr(feature, "feature", None)):
        return ValueError(
            f"the column {column!r} holds numbers without names, found {feature}: write each "
            f'label\'s name in place of its number (text, such as "NOUN" or "7"), or keep the '
            f"names with the data (a ClassLabel of the library `datasets`, saved as Parquet)"
        )
    return ValueError(f"the column {column!r} must hold {wanted}; found {feature}")


def _present(row: Row, column: str, missing: str | None) -> Any:
    """The cell, with nothing missing in it."""
    cell = row[column]
    if not cell and isinstance(cell, str | None):
        raise ValueError(f"the column {column!r} is empty")
    if isinstance(cell, list) and None in cell:
        if missing is None:
            raise ValueError(f"the column {column!r} has an empty entry: {cell}")
        return [missing if entry is None else entry for entry in cell]
    return cell


def _is_number(feature: Any) -> bool:
    return str(getattr(feature, "dtype", "")).startswith(("int", "uint"))
