"""A source's streams of examples -> a file for each split, and a card; memory stays flat."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from pipeline.artifacts import SPLITS, CorpusFiles
from pipeline.corpus.alike import find_alike
from pipeline.corpus.card import LeaksCard, read_card, write_card
from pipeline.corpus.croissant import write_croissant
from pipeline.corpus.example import row_line
from pipeline.corpus.leaks import find_leaks, left_out_of_given, left_out_of_made, write_left_out
from pipeline.corpus.row_hashes import RowHashes
from pipeline.corpus.source import Examples, Source
from pipeline.corpus.split_writer import SplitWriter
from pipeline.corpus.store import read_examples


def write_corpus(folder: Path, source: Source, drops_leaks: bool = False) -> None:
    """Write {train,validation,test}.parquet, rows.parquet, card.json and the source's notices.

    What stands in several splits is reported. Between splits that were made, or where
    `drops_leaks`, it is left out but for one of them, and listed. The same examples give the same
    bytes, with the same version of pyarrow.

    Raises:
        ValueError: a split is empty or holds an id twice, an example has not the columns of the
            first, or the source found a fault in its data.
    """
    draft = folder / "draft"
    draft.mkdir()
    writer = _written(draft, source.examples(), source.name, MORE if source.is_made else "")
    paths = [CorpusFiles(draft).split(split) for split in SPLITS]
    alike = find_alike(paths, folder)
    out = np.zeros(len(alike.split), bool)
    leaks = find_leaks(alike, paths, out)
    if leaks and source.made:
        out = left_out_of_made(alike, writer.order, source.made)
    if leaks and drops_leaks and not source.is_made:
        out |= left_out_of_given(alike)
    if out.any():
        leaks = find_leaks(alike, paths, out)
        write_left_out(CorpusFiles(folder).left_out, out, alike, paths)
        told = f"{source.name}, without what stands in several splits,"
        writer = _written(folder, _kept(paths, out), told, UNLIKE)
    else:
        for path in draft.iterdir():
            path.rename(folder / path.name)
    shutil.rmtree(draft)
    counts = {name: int((out & (alike.split == i)).sum()) for i, name in enumerate(SPLITS)}
    told_leaks = LeaksCard(source.is_made, leaks, counts)
    write_card(folder, source, writer.columns, writer.cards(), told_leaks)
    write_croissant(folder, read_card(folder))
    if source.rejections is not None:
        source.rejections.write(CorpusFiles(folder).rejected)
    for name, text in source.notices.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _kept(paths: Iterable[Path], out: Bool[np.ndarray, " example"]) -> Examples:
    """The examples of a draft, without those that are left out."""
    is_out = iter(out.tolist())
    for split, path in zip(SPLITS, paths, strict=True):
        for example in read_examples(path):
            if not next(is_out):
                yield split, example


MORE = "; add rows, or say yourself which split each is of"
UNLIKE = (
    "; nearly all examples are alike: say yourself which split each is of, with corpus.leaks: keep"
)


def _written(folder: Path, examples: Examples, name: str, advice: str) -> SplitWriter:
    """Write all examples into a file for each split, and a hash of each."""
    with RowHashes.into(CorpusFiles(folder).rows) as hashes, SplitWriter.into(folder) as writer:
        for split, example in examples:
            line = row_line(example)
            writer.add(split, example, line)
            hashes.add(split, example.sentence_id, line)
    sizes = writer.sizes()
    if lacking := [split for split in SPLITS if not sizes[split]]:
        found = ", ".join(f"{size:,} for {split}" for split, size in sizes.items())
        raise ValueError(
            f"{lacking[0]} is empty: {name} must have a sentence for each of {', '.join(SPLITS)}; "
            f"found {found}{advice}"
        )
    return writer
