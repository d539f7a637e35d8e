"""One row for each number of the study."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float

from pipeline.artifacts import EvidenceFiles
from pipeline.files import read_json, unusable, whole_file


@dataclass(frozen=True, kw_only=True)
class HeadRow:
    """One measure of one head, or of a whole layer; what does not apply is None."""

    measure: str
    """The name of an `About`."""
    layer: int
    """From 1, as people count."""
    head: int | None = None
    """From 1; None: of the layer as a whole."""
    relation: str | None = None
    """The relation between two words that the head is asked about."""
    direction: str | None = None
    """Which of the two looks for the other."""
    tag: str | None = None
    """The tag that the words to find usually have."""
    other_layer: int | None = None
    """The head that this one is compared with; both from 1."""
    other_head: int | None = None
    step: int | None = None
    """How many heads are gone, this one the last."""
    null: str | None = None
    """The ranking of words whose own figure this is, the same for every head."""
    beyond: str | None = None
    """The ranking whose figure is taken from the head's."""
    value: float | None
    """None where it is not defined, such as the entropy of a head that writes nothing."""
    low: float | None = None
    """The ends of its interval, where it has one."""
    high: float | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is of the head, or the layer, and of nothing else besides."""
        return all(getattr(self, name) is None for name in BESIDES)


BESIDES = (
    "relation", "direction", "tag", "other_layer", "other_head", "step", "null", "beyond",
)  # fmt: skip
"""What a figure may be about besides its head."""

SCHEMA = pa.schema(
    [
        ("measure", pa.string()), ("layer", pa.int32()), ("head", pa.int32()),
        ("relation", pa.string()), ("direction", pa.string()), ("tag", pa.string()),
        ("other_layer", pa.int32()), ("other_head", pa.int32()), ("step", pa.int32()),
        ("null", pa.string()), ("beyond", pa.string()),
        ("value", pa.float64()), ("low", pa.float64()), ("high", pa.float64()),
    ]
)  # fmt: skip


def rows_of(measured: Mapping[str, Float[np.ndarray, "layer *head"]]) -> Iterator[HeadRow]:
    """Rows of arrays, layer x head or layer alone."""
    for measure, values in measured.items():
        for place, value in np.ndenumerate(values):
            head = place[1] + 1 if len(place) > 1 else None
            yield HeadRow(measure=measure, layer=place[0] + 1, head=head, value=known(value))


def known(value: float) -> float | None:
    """None for what is not a number, which JSON has not."""
    return float(value) if math.isfinite(value) else None


def write_rows(rows: list[HeadRow], headlines: Sequence[str], folder: Path) -> None:
    """Write heads.parquet and heads.json, alike in columns; the same rows give the same bytes.

    heads.json says which measures are `headlines` too, the most needed first, so that who reads it
    need not know any.
    """
    told = [asdict(row) for row in rows]
    with whole_file(EvidenceFiles(folder).heads_table) as beside:
        pq.write_table(pa.Table.from_pylist(told, SCHEMA), beside, compression="zstd")
    lines = ",\n".join(json.dumps(row, allow_nan=False) for row in told)
    text = f'{{"headlines": {json.dumps(headlines)}, "rows": [\n{lines}\n]}}\n'
    with whole_file(EvidenceFiles(folder).heads) as beside:
        beside.write_text(text, encoding="utf-8")


def read_headlines(file: Path) -> dict[tuple[str, int, int], float]:
    """The headlines of heads.json, by measure, layer and head: what is known of each head.

    Measure by measure, in the file's order of headlines: the most needed first.

    Raises:
        ValueError: it is missing or damaged.
    """
    known = read_plain(file)
    return {
        (name, *place): value
        for name in read_json(file).get("headlines", [])
        for place, value in known.get(name, {}).items()
    }


def read_plain(file: Path) -> dict[str, dict[tuple[int, int], float]]:
    """By measure, then by layer and head: what is known of each head and of nothing else besides.

    Raises:
        ValueError: heads.json is missing or damaged.
    """
    found: dict[str, dict[tuple[int, int], float]] = {}
    for row in read_rows(file):
        if row.is_plain and row.head is not None and row.value is not None:
            found.setdefault(row.measure, {})[row.layer, row.head] = row.value
    return found


def read_rows(file: Path) -> list[HeadRow]:
    """Read heads.json.

    Raises:
        ValueError: it is missing or damaged.
    """
    try:
        return [HeadRow(**row) for row in read_json(file)["rows"]]
    except (KeyError, TypeError) as error:
        raise unusable(file, error) from None
