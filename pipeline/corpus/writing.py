"""A source's streams of examples -> a file for each split, and a card; memory stays flat."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.artifacts import SPLITS, CorpusFiles, Split
from pipeline.corpus.card import SplitCard, write_card
from pipeline.corpus.columns import Columns, schema_for
from pipeline.corpus.example import Example
from pipeline.corpus.row_hashes import RowHashes
from pipeline.corpus.source import Source
from pipeline.corpus.store import ROWS
from pipeline.corpus.tally import Tally


def write_corpus(folder: Path, source: Source) -> None:
    """Write {train,validation,test}.parquet, rows.parquet, card.json and the source's notices.

    The same examples give the same bytes, with the same version of pyarrow.

    Raises:
        ValueError: a split is empty or holds an id twice, an example has not the columns of the
            first, or the source found a fault in its data.
    """
    cards: dict[Split, SplitCard] = {}
    train: Tally | None = None
    schema: pa.Schema | None = None
    with RowHashes.into(CorpusFiles(folder).rows) as hashes:
        for split in SPLITS:
            examples = iter(source.splits[split])
            first = next(examples, None)
            if first is None:
                raise ValueError(
                    f"{split} is empty: {source.name} must have a sentence for each of "
                    f"{', '.join(SPLITS)}"
                )
            schema = schema or schema_for(first)
            tally = Tally(split, train)
            every = hashes.passing(split, chain([first], examples))
            _write_split(CorpusFiles(folder).split(split), every, schema, tally)
            cards[split] = tally.card()
            train = train or tally
    assert schema is not None
    write_card(folder, source, Columns.of(schema), cards)
    for name, text in source.notices.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _write_split(path: Path, examples: Iterable[Example], schema: pa.Schema, tally: Tally) -> None:
    """One row group for every 2,048 examples; each page carries a checksum."""
    with pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True) as writer:
        for group in _groups(examples):
            rows = []
            for example in group:
                tally.add(example)
                rows.append(_row(example, schema))
            columns = {name: [row[name] for row in rows] for name in schema.names}
            writer.write_table(pa.table(columns, schema=schema), row_group_size=ROWS)


def _groups(examples: Iterable[Example]) -> Iterator[list[Example]]:
    waiting = iter(examples)
    while group := list(islice(waiting, ROWS)):
        yield group


def _row(example: Example, schema: pa.Schema) -> dict[str, object]:
    """The example's row; it must have the columns of the corpus' first example."""
    row = example.row()
    if list(row) != schema.names:
        raise ValueError(
            f"sentence {example.sentence_id!r} has the columns {', '.join(row)}; "
            f"expected those of the corpus' first: {', '.join(schema.names)}"
        )
    return row
