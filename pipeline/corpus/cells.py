"""A cell of a data set's column -> the words or labels of a sentence."""

from collections.abc import Callable, Mapping
from typing import Any

Cells = tuple[Any, ...]


def column_reader(features: Mapping[str, Any], column: str) -> Callable[[Mapping[str, Any]], Cells]:
    """How to read a column that has something for every word of a sentence.

    A list is taken as it is, class numbers by their names; text is cut at white space (a CSV file
    has no lists). Reading a row raises ValueError where the cell or one of its entries is missing.

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
        return lambda row: tuple(entry.int2str(_present(row, column)))
    if _is_text(entry) or (column == "head" and _is_number(entry)):
        return lambda row: tuple(_present(row, column))
    if _is_text(feature):
        return lambda row: tuple(_present(row, column).split())
    raise ValueError(
        f"the column {column!r} must hold a list of words or labels, or text with spaces between "
        f"them; found {feature}"
    )


def _present(row: Mapping[str, Any], column: str) -> Any:
    """The cell, with nothing missing in it."""
    cell = row[column]
    if cell is None or (isinstance(cell, list) and None in cell):
        raise ValueError(f"the column {column!r} is empty or has an empty entry: {cell}")
    return cell


def _is_text(feature: Any) -> bool:
    return getattr(feature, "dtype", None) in ("string", "large_string")


def _is_number(feature: Any) -> bool:
    return str(getattr(feature, "dtype", "")).startswith(("int", "uint"))
