"""Examples in any order of their splits -> a file for each split, and what is counted of it."""

from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int

from pipeline.artifacts import SPLITS, CorpusFiles, Split
from pipeline.corpus.card import SplitCard
from pipeline.corpus.columns import Columns, schema_for
from pipeline.corpus.example import Example
from pipeline.corpus.store import ROWS
from pipeline.corpus.tally import Tally


class SplitWriter:
    """Writes a row group for every 2,048 examples of a split; each page carries a checksum."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self._files, self._opened = CorpusFiles(folder), opened
        self._tallies = {split: Tally(split) for split in SPLITS}
        self._writers: dict[Split, pq.ParquetWriter] = {}
        self._waiting: dict[Split, list[dict[str, object]]] = {split: [] for split in SPLITS}
        self._schema: pa.Schema | None = None
        self._numbers = {split: array("q") for split in SPLITS}
        self._added = 0

    @classmethod
    @contextmanager
    def into(cls, folder: Path) -> Iterator["SplitWriter"]:
        """Write into a folder; the files are whole when the block ends."""
        with ExitStack() as opened:
            writer = cls(folder, opened)
            yield writer
            for split in SPLITS:
                writer._write(split)

    def add(self, split: Split, example: Example) -> None:
        """Count and write an example.

        Raises:
            ValueError: it has not the columns of the first one, or an id that the split has.
        """
        self._tallies[split].add(example)
        if self._schema is None:
            self._schema = schema_for(example)
        self._waiting[split].append(_row(example, self._schema))
        self._numbers[split].append(self._added)
        self._added += 1
        if len(self._waiting[split]) == ROWS:
            self._write(split)

    @property
    def columns(self) -> Columns:
        """What the examples have."""
        assert self._schema is not None
        return Columns.of(self._schema)

    @property
    def order(self) -> Int[np.ndarray, " example"]:
        """Of all examples, split after split, the number in which each was added."""
        return np.concatenate([np.asarray(self._numbers[split]) for split in SPLITS])

    def sizes(self) -> dict[Split, int]:
        """Examples of each split."""
        return {split: tally.size for split, tally in self._tallies.items()}

    def cards(self) -> dict[Split, SplitCard]:
        """What was counted of each split."""
        train = self._tallies["train"]
        return {s: it.card(None if it is train else train) for s, it in self._tallies.items()}

    def _write(self, split: Split) -> None:
        rows, self._waiting[split] = self._waiting[split], []
        if not rows:
            return
        assert self._schema is not None
        if split not in self._writers:
            self._writers[split] = self._opened.enter_context(
                pq.ParquetWriter(
                    self._files.split(split), self._schema, compression="zstd",
                    write_page_checksum=True,
                )
            )  # fmt: skip
        columns = {name: [row[name] for row in rows] for name in self._schema.names}
        table = pa.table(columns, schema=self._schema)
        self._writers[split].write_table(table, row_group_size=ROWS)


def _row(example: Example, schema: pa.Schema) -> dict[str, object]:
    """The example's row; it must have the columns of the corpus' first example."""
    row = example.row()
    if list(row) != schema.names:
        raise ValueError(
            f"sentence {example.sentence_id!r} has the columns {', '.join(row)}; "
            f"expected those of the corpus' first: {', '.join(schema.names)}"
        )
    return row
