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

AT_ONCE = 1 << 20
"""Bytes of examples, as lines of JSON, that wait as objects; then they become a table."""
GROUP = 1 << 24
"""Bytes of them that a row group has at most, whole examples counted."""


class SplitWriter:
    """Writes a row group for every 2,048 examples of a split; each page carries a checksum.

    Of long examples a row group has fewer, so that whoever reads it needs no more memory.
    """

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self._files, self._opened = CorpusFiles(folder), opened
        self._tallies = {split: Tally(split) for split in SPLITS}
        self._writers: dict[Split, pq.ParquetWriter] = {}
        self._waiting = {split: Waiting() for split in SPLITS}
        self._schema: pa.Schema | None = None
        self._numbers = {split: array("i") for split in SPLITS}
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

    def add(self, split: Split, example: Example, line: bytes) -> None:
        """Count and write an example; its row as a line of JSON is known.

        Raises:
            ValueError: it has not the columns of the first one, or an id that the split has.
        """
        self._tallies[split].add(example, line)
        if self._schema is None:
            self._schema = schema_for(example)
        waiting = self._waiting[split]
        waiting.add(_row(example, self._schema), len(line), self._schema)
        self._numbers[split].append(self._added)
        self._added += 1
        if waiting.rows == ROWS or waiting.size >= GROUP:
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
        waiting, self._waiting[split] = self._waiting[split], Waiting()
        if not waiting.rows:
            return
        assert self._schema is not None
        if split not in self._writers:
            self._writers[split] = self._opened.enter_context(
                pq.ParquetWriter(
                    self._files.split(split), self._schema, compression="zstd",
                    write_page_checksum=True,
                )
            )  # fmt: skip
        self._writers[split].write_table(waiting.table(self._schema), row_group_size=ROWS)


class Waiting:
    """The examples of a row group that is not written yet; most of them as tables."""

    def __init__(self) -> None:
        self.rows = self.size = 0
        self._objects: list[dict[str, object]] = []
        self._size_of_objects = 0
        self._tables: list[pa.Table] = []

    def add(self, row: dict[str, object], size: int, schema: pa.Schema) -> None:
        """Another row of so many bytes."""
        self._objects.append(row)
        self.rows += 1
        self.size += size
        self._size_of_objects += size
        if self._size_of_objects >= AT_ONCE:
            self._pack(schema)

    def table(self, schema: pa.Schema) -> pa.Table:
        """All of them."""
        self._pack(schema)
        return pa.concat_tables(self._tables).combine_chunks()

    def _pack(self, schema: pa.Schema) -> None:
        columns = {name: [row[name] for row in self._objects] for name in schema.names}
        self._tables.append(pa.table(columns, schema=schema))
        self._objects, self._size_of_objects = [], 0


def _row(example: Example, schema: pa.Schema) -> dict[str, object]:
    """The example's row; it must have the columns of the corpus' first example."""
    row = example.row()
    if list(row) != schema.names:
        raise ValueError(
            f"sentence {example.sentence_id!r} has the columns {', '.join(row)}; "
            f"expected those of the corpus' first: {', '.join(schema.names)}"
        )
    return row
