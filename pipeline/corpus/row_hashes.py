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
from pipeline.corpus.store import ROWS

SCHEMA = pa.schema(
    [("split", pa.string()), ("sentence_id", pa.string()), ("row_hash", pa.uint64())]
)


class RowHashes:
    """Writes a row for each example: its split, its id, the hash of all of it."""

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

    def add(self, split: Split, sentence_id: str, line: bytes) -> None:
        """An example, by its `row_line`."""
        row = {"split": split, "sentence_id": sentence_id, "row_hash": row_hash(line)}
        self._waiting.append(row)
        if len(self._waiting) == ROWS:
            self._write()

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._waiting, SCHEMA))
        self._waiting = []


def row_hash(line: bytes) -> int:
    """BLAKE2b with 8 bytes over all that is known of an example."""
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest())
