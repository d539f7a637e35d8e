"""Examples, one after the other -> a hash of each: enough to say which rows of two corpora differ.

A run keeps them in place of its data, which may be gone when it is compared with another.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.artifacts import Split
from pipeline.corpus.example import Example, row_line
from pipeline.corpus.source import Examples
from pipeline.corpus.store import ROWS

SCHEMA = pa.schema(
    [("split", pa.string()), ("sentence_id", pa.string()), ("row_hash", pa.uint64())]
)


class RowHashes:
    """Writes a row for each example that passes: its split, its id, the hash of all of it."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._waiting: list[dict[str, object]] = []

    @classmethod
    @contextmanager
    def into(cls, path: Path) -> Iterator["RowHashes"]:
        """Write to a file, whole when the block ends."""
        with pq.ParquetWriter(path, SCHEMA, compression="zstd", write_page_checksum=True) as writer:
            hashes = cls(writer)
            yield hashes
            hashes._write()

    def passing(self, examples: Examples) -> Iterator[tuple[Split, Example]]:
        """The examples themselves, each hashed as it passes."""
        for split, example in examples:
            row = {"split": split, "sentence_id": example.sentence_id}
            self._waiting.append(row | {"row_hash": row_hash(example)})
            if len(self._waiting) == ROWS:
                self._write()
            yield split, example

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._waiting, SCHEMA))
        self._waiting = []


def row_hash(example: Example) -> int:
    """BLAKE2b with 8 bytes over all that is known of the example."""
    return int.from_bytes(hashlib.blake2b(row_line(example), digest_size=8).digest())
