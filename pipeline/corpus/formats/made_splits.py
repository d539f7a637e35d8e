"""What an example says -> its split, where none is given: by a hash, so that none ever moves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.artifacts import SPLITS, Split
from pipeline.corpus.example import Example, words_hash
from pipeline.corpus.likeness import plain_words

Shares = tuple[float, float, float]
"""Of train, validation and test."""


def split_at(hashed: int, shares: Shares) -> Split:
    """The split at a number in [0, 2^64)."""
    place = hashed / 2**64
    train, validation, _ = shares
    if place < train:
        return "train"
    return "validation" if place < train + validation else "test"


def made_split(example: Example, shares: Shares) -> Split:
    """By its words, small letters and large ones alike and signs left out; or by its document.

    No other example has a say, so that one that is added moves none.
    """
    return split_at(_hashed(example), shares)


def cut_from_train(example: Example, shares: Shares, missing: Sequence[Split]) -> Split:
    """Where an example of train goes that has to give `missing` too: by the same hash.

    What it keeps and what it gives are as large beside each other as `shares` says.
    """
    by_split = dict(zip(SPLITS, shares, strict=True))
    parts = {split: by_split[split] for split in ("train", *missing)}
    place = _hashed(example) / 2**64 * sum(parts.values())
    for split, part in parts.items():
        if place < part:
            return split
        place -= part
    return "train"


def with_cut(
    streams: Mapping[Split, Iterable[Example]], missing: Sequence[Split], shares: Shares
) -> Iterator[tuple[Split, Example]]:
    """Every example of splits that were given, with its split; train gives those of `missing`."""
    for split, examples in streams.items():
        for example in examples:
            is_cut = missing and split == "train"
            yield (cut_from_train(example, shares, missing) if is_cut else split), example


def _hashed(example: Example) -> int:
    key = [example.document] if example.document else plain_words(example.form)
    return words_hash(key)
