"""The stored splits of a corpus -> which contents lie in several of them, equal or nearly so."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from jaxtyping import Float, Int, UInt8, UInt64

from pipeline.corpus.likeness import BANDS, LIKE, Pairs, candidates, likenesses, pairs_of
from pipeline.corpus.store import read_rows


@dataclass(frozen=True)
class Alike:
    """All examples, split after split, by their contents; and which contents are nearly equal."""

    split: UInt8[np.ndarray, " example"]
    """Which of the splits each example lies in, from 0."""
    content: Int[np.ndarray, " example"]
    """The number of what each says; equal examples have one."""
    masks: UInt8[np.ndarray, " content"]
    """The splits in which a content lies, a bit for each."""
    links: Int[np.ndarray, "link 2"]
    """Pairs of nearly equal contents that lie in more than one split together."""
    likeness: Float[np.ndarray, " link"]


def find_alike(paths: Sequence[Path], folder: Path) -> Alike:
    """Compare all examples of all splits; what does not fit into memory lies in `folder`."""
    sizes = [pq.ParquetFile(path).metadata.num_rows for path in paths]
    total = sum(sizes)
    with tempfile.TemporaryDirectory(dir=folder) as kept:
        bands = [Path(kept) / f"{band}.u8" for band in range(BANDS)]
        contents = _written(paths, bands, total)
        first, content = _numbered(contents)
        split = np.repeat(np.arange(len(paths)), sizes).astype(np.uint8)
        masks = np.zeros(len(first), np.uint8)
        np.bitwise_or.at(masks, content, np.left_shift(1, split).astype(np.uint8))
        keys = (np.fromfile(band, np.uint64)[first] for band in bands)
        found = np.unique(np.concatenate([candidates(key, masks) for key in keys]))
    pairs_found = np.stack(np.divmod(found, len(first)), axis=1)
    links, like = _compared(pairs_found, first, paths)
    return Alike(split, content, masks, links, like)


def _written(
    paths: Sequence[Path], bands: Sequence[Path], total: int
) -> UInt64[np.ndarray, " example"]:
    """A number for what each example says; writes the keys of each band into a file of its own."""
    contents = np.empty(total, np.uint64)
    with ExitStack() as opened:
        files = [opened.enter_context(band.open("wb")) for band in bands]
        for at, pairs in _pairs(paths):
            contents[at : at + len(pairs.lengths)] = pairs.contents()
            for file, keys in zip(files, pairs.band_keys(), strict=True):
                keys.tofile(file)
    return contents


def _numbered(
    contents: UInt64[np.ndarray, " example"],
) -> tuple[Int[np.ndarray, " content"], Int[np.ndarray, " example"]]:
    """Contents in the order in which they come: the first example of each, and each example's."""
    _, first, content = np.unique(contents, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return first[order], number[content]


def _compared(
    pairs: Int[np.ndarray, "candidate 2"], first: Int[np.ndarray, " content"], paths: Sequence[Path]
) -> tuple[Int[np.ndarray, "link 2"], Float[np.ndarray, " link"]]:
    """The candidates that are nearly equal, and how like they are."""
    if not len(pairs):
        return pairs, np.empty(0)
    wanted, places = np.unique(pairs, return_inverse=True)  # by their first examples, as numbered
    sets = []
    for at, found in _pairs(paths):
        begin, end = np.searchsorted(first[wanted], [at, at + len(found.lengths)])
        sets += [found.set_of(row - at) for row in first[wanted[begin:end]]]
    like = likenesses(sets, places.reshape(pairs.shape))
    return pairs[like >= LIKE], like[like >= LIKE]


def _pairs(paths: Sequence[Path]) -> Iterator[tuple[int, Pairs]]:
    """The pairs of words of all splits, piece by piece, each with the number of examples before."""
    at = 0
    for path in paths:
        for batch in read_rows(path, ["form"]):
            pairs = pairs_of(batch["form"])
            yield at, pairs
            at += batch.num_rows
