"""Streams of sentences -> a Parquet file for each split, and back; memory stays flat."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.artifacts import SPLITS, Split
from pipeline.corpus.card import SplitCard, Tally, write_card
from pipeline.corpus.sentence import SCHEMA, WORD_COLUMNS, Sentence
from pipeline.corpus.source import Source

ROWS = 2048
"""Sentences in memory at a time, when written and when read."""


def write_corpus(folder: Path, source: Source) -> None:
    """Write {train,validation,test}.parquet, card.json and the source's notices into `folder`.

    The same sentences give the same bytes, with the same version of pyarrow.

    Raises:
        ValueError: a split is empty or holds an id twice, or the source found a fault in its data.
    """
    cards: dict[Split, SplitCard] = {}
    in_train: Container[int] = frozenset()
    labels: Container[str] | None = None
    for split in SPLITS:
        tally = Tally(split, in_train, labels)
        _write_split(folder / f"{split}.parquet", source.splits[split], tally)
        cards[split] = tally.card()
        if not cards[split].sentences:
            raise ValueError(
                f"{split} is empty: {source.name} must have a sentence for each of "
                f"{', '.join(SPLITS)}"
            )
        if split == "train":
            in_train, labels = tally.hashes, tally.labels
    write_card(folder, source, cards)
    for name, text in source.notices.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Some columns of a stored split, up to 2,048 sentences at a time.

    Raises:
        FileNotFoundError: the corpus is not there.
        ValueError: the file is damaged (each page has a checksum), or a column is unknown.
    """
    if unknown := set(columns) - set(SCHEMA.names):
        raise ValueError(
            f"a corpus has no column {', '.join(sorted(unknown))}; it has {', '.join(SCHEMA.names)}"
        )
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: run `dvc repro corpus`")
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if not file.schema_arrow.equals(SCHEMA):
                raise pa.ArrowInvalid("its columns are not those of a corpus")
            yield from file.iter_batches(batch_size=ROWS, columns=list(columns))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # the disk's fault, not the file's
        raise ValueError(
            f"{path} is damaged ({str(error).splitlines()[0]}): delete the folder {path.parent} "
            f"and run `dvc checkout` or `dvc repro corpus`"
        ) from None


def read_sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a stored split, as objects; for many, `read_rows` is faster.

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    for batch in read_rows(path, SCHEMA.names):
        for row in batch.to_pylist():
            words: dict[str, Any] = {name: tuple(row.pop(name)) for name in WORD_COLUMNS}
            yield Sentence(**row, **words)


def _write_split(path: Path, sentences: Iterable[Sentence], tally: Tally) -> None:
    """One row group for every 2,048 sentences; each page carries a checksum."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", write_page_checksum=True) as writer:
        waiting = iter(sentences)
        while group := list(islice(waiting, ROWS)):
            for sentence in group:
                tally.add(sentence)
            columns = {name: [getattr(row, name) for row in group] for name in SCHEMA.names}
            writer.write_table(pa.table(columns, schema=SCHEMA), row_group_size=ROWS)
