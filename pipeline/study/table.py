"""One row for each number of the study."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float

from pipeline.files import read_json, unusable, whole_file


@dataclass(frozen=True)
class HeadRow:
    """One measure of one head, or of a whole layer."""

    measure: str
    """A name in the catalogue."""
    layer: int
    """From 1, as people count."""
    head: int | None
    """From 1; None: of the layer as a whole."""
    detail: str
    """What the number is about, such as a relation; "" where the measure says it all."""
    value: float | None
    """None where it is not defined, such as the entropy of a head that writes nothing."""
    low: float | None = None
    """The ends of its interval, where it has one."""
    high: float | None = None


def rows_of(measured: Mapping[str, Float[np.ndarray, "layer *head"]]) -> Iterator[HeadRow]:
    """Rows of arrays, layer x head or layer alone."""
    for measure, values in measured.items():
        for place, value in np.ndenumerate(values):
            head = place[1] + 1 if len(place) > 1 else None
            known = float(value) if math.isfinite(value) else None
            yield HeadRow(measure, place[0] + 1, head, "", known)


def write_rows(rows: list[HeadRow], folder: Path) -> None:
    """Write heads.parquet and heads.json; the same rows give the same bytes."""
    schema = pa.schema(
        [
            ("measure", pa.string()),
            ("layer", pa.int32()),
            ("head", pa.int32()),
            ("detail", pa.string()),
            ("value", pa.float64()),
            ("low", pa.float64()),
            ("high", pa.float64()),
        ]
    )
    table = pa.Table.from_pylist([asdict(row) for row in rows], schema)
    with whole_file(folder / "heads.parquet") as beside:
        pq.write_table(table, beside, compression="zstd")
    text = json.dumps({"rows": [asdict(row) for row in rows]}, indent=2, allow_nan=False)
    with whole_file(folder / "heads.json") as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def read_rows(file: Path) -> list[HeadRow]:
    """Read heads.json.

    Raises:
        ValueError: it is missing or damaged.
    """
    try:
        return [HeadRow(**row) for row in read_json(file)["rows"]]
    except (KeyError, TypeError) as error:
        raise unusable(file, error) from None
