"""The stored splits of a corpus -> which contents lie in several of them, equal or nearly so."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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


AT_ONCE = 1 << 18
"""Contents of which those with the same key are looked for at a time, or candidates compared."""


def find_alike(paths: Sequence[Path], folder: Path) -> Alike:
    """Compare all examples of all splits; what does not fit into memory lies in `folder`."""
    sizes = [pq.ParquetFile(path).metadata.num_rows for path in paths]
    split = np.repeat(np.arange(len(paths), dtype=np.uint8), sizes)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        kept = Kept(Path(place))
        first, content = _numbered(kept.write(paths, len(split)))
        masks = np.zeros(len(first), np.uint8)
        np.bitwise_or.at(masks, content, np.left_shift(np.uint8(1), split))
        found = [_links(pairs, first, kept) for pairs in _candidates(kept, first, masks)]
    links, like = (np.concatenate(side) for side in zip(*found, strict=True))
    _, once = np.unique(links[:, 0] * len(first) + links[:, 1], return_index=True)
    return Alike(split, content, masks, links[once], like[once])


class Kept:
    """What is known of each example, in files: its keys, and its pairs of words."""

    def __init__(self, folder: Path) -> None:
        self._bands = [folder / f"{band}.u8" for band in range(BANDS)]
        self._pairs = folder / "pairs.u8"
        self._ends = np.empty(0, np.int64)

    def write(self, paths: Sequence[Path], total: int) -> UInt64[np.ndarray, " example"]:
        """Write all; gives a number for what each example says."""
        contents = np.empty(total, np.uint64)
        self._ends = np.empty(total, np.int64)
        at = end = 0
        with ExitStack() as opened:
            bands = [opened.enter_context(band.open("wb")) for band in self._bands]
            file = opened.enter_context(self._pairs.open("wb"))
            for pairs in _pairs(paths):
                here = slice(at, at + len(pairs.lengths))
                contents[here] = pairs.contents()
                self._ends[here] = end + np.cumsum(pairs.lengths)
                at, end = here.stop, end + len(pairs.values)
                pairs.values.tofile(file)
                for band, keys in zip(bands, pairs.band_keys(), strict=True):
                    keys.tofile(band)
        return contents

    def keys(
        self, examples: Int[np.ndarray, " content"]
    ) -> Iterator[UInt64[np.ndarray, " content"]]:
        """Band after band, the keys of some examples."""
        for band in self._bands:
            yield np.fromfile(band, np.uint64)[examples]

    def sets(self, examples: Int[np.ndarray, " wanted"]) -> list[UInt64[np.ndarray, " _"]]:
        """The pairs of each of some examples, without repetition."""
        ends = self._ends[examples]
        starts = np.where(examples > 0, self._ends[examples - 1], 0)
        with self._pairs.open("rb") as file:
            return [
                _read_set(file, a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
            ]


def _read_set(file: BinaryIO, start: int, end: int) -> UInt64[np.ndarray, " _"]:
    file.seek(8 * start)
    return np.unique(np.fromfile(file, np.uint64, end - start))


def _numbered(
    contents: UInt64[np.ndarray, " example"],
) -> tuple[Int[np.ndarray, " content"], Int[np.ndarray, " example"]]:
    """Contents in the order in which they come: the first example of each, and each example's."""
    order = np.argsort(contents, kind="stable").astype(np.int32)
    is_new = np.ones(len(order), bool)
    same = contents[order]
    np.not_equal(same[1:], same[:-1], out=is_new[1:])
    del same
    first = order[is_new]
    by_place = np.argsort(first).astype(np.int32)
    number = np.empty_like(by_place)
    number[by_place] = np.arange(len(number), dtype=np.int32)
    content = np.empty_like(order)
    content[order] = number[np.cumsum(is_new, dtype=np.int32) - 1]
    return first[by_place], content


def _candidates(
    kept: Kept, first: Int[np.ndarray, " content"], masks: UInt8[np.ndarray, " content"]
) -> Iterator[Int[np.ndarray, "candidate 2"]]:
    """Pairs of contents that are worth comparing, some at a time; some of them come again."""
    parts = np.uint64(-(-len(first) // AT_ONCE))
    for keys in kept.keys(first):
        for part in range(int(parts)):
            here = np.flatnonzero(keys % parts == part)
            if not len(here):
                continue
            found = candidates(keys[here], masks[here])
            for begin in range(0, max(1, len(found)), AT_ONCE):
                pairs = np.divmod(found[begin : begin + AT_ONCE], len(here))
                yield here[np.stack(pairs, axis=1)]


def _links(
    pairs: Int[np.ndarray, "candidate 2"], first: Int[np.ndarray, " content"], kept: Kept
) -> tuple[Int[np.ndarray, "link 2"], Float[np.ndarray, " link"]]:
    """The candidates that are nearly equal, and how like they are."""
    if not len(pairs):
        return pairs, np.empty(0)
    wanted, places = np.unique(pairs, return_inverse=True)
    like = likenesses(kept.sets(first[wanted]), places.reshape(pairs.shape))
    return pairs[like >= LIKE], like[like >= LIKE]


def _pairs(paths: Sequence[Path]) -> Iterator[Pairs]:
    """The pairs of words of all splits, piece by piece."""
    for path in paths:
        for batch in read_rows(path, ["form"]):
            yield pairs_of(batch["form"])
