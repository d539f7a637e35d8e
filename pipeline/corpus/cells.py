"""A cell of a data set's column -> the words or labels of a sentence."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Cells = tuple[Any, ...]

SPACE = re.compile(r"[^\S\u00a0\u2007\u202f]+")
"""White space that stands between words; a no-break space stands inside one."""


def column_reader(
    features: Mapping[str, Any], column: str, missing: str | None = None
) -> Callable[[Mapping[str, Any]], Cells]:
    """How to read a column that has something for every word of a sentence.

    A list is taken as it is, class numbers by their names; text is cut at white space (a CSV file
    has no lists), but not at no-break spaces. Reading a row raises ValueError where the cell is
    missing, or one of its entries, unless `missing` stands in for that.

    Raises:
        ValueError: there is no such column, or it holds something else.
    """
    if column not in features:
        raise ValueError(
            f"the data set has no column {column!r}; found {', '.join(features)}: "
            f"name the right one in params.yaml under corpus.dataset"
        )
    feature = features[column]
    entry: Any = getattr(feature, "feature", None)
    if hasattr(entry, "int2str"):
        return lambda row: tuple(entry.int2str(_present(row, column, None)))
    if is_text(entry) or (column == "head" and _is_number(entry)):
        return lambda row: tuple(_present(row, column, missing))
    if is_text(feature):
        return lambda row: tuple(filter(None, SPACE.split(_present(row, column, None))))
    if _is_number(entry) or _is_number(feature):
        raise ValueError(
            f"the column {column!r} holds numbers without names, found {feature}: write each "
            f'label\'s name in place of its number (text, such as "NOUN" or "7"), or keep the '
            f"names with the data (a ClassLabel of the library `datasets`, saved as Parquet)"
        )
    raise ValueError(
        f"the column {column!r} must hold a list of words or labels, or text with spaces between "
        f"them; found {feature}"
    )


def _present(row: Mapping[str, Any], column: str, missing: str | None) -> Any:
    """The cell, with nothing missing in it."""
    cell = row[column]
    if not cell and isinstance(cell, str | None):
        raise ValueError(f"the column {column!r} is empty")
    if isinstance(cell, list) and None in cell:
        if missing is None:
            raise ValueError(f"the column {column!r} has an empty entry: {cell}")
        return [missing if entry is None else entry for entry in cell]
    return cell


def is_text(feature: Any) -> bool:
    """Whether a column, or the entries of its lists, hold text."""
    return getattr(feature, "dtype", None) in ("string", "large_string")


def _is_number(feature: Any) -> bool:
    return str(getattr(feature, "dtype", "")).startswith(("int", "uint"))
