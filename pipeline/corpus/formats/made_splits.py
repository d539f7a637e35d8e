"""What an example says -> its split, where none is given: by a hash, so that none ever moves."""

from pipeline.artifacts import Split
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
    key = [example.document] if example.document else plain_words(example.form)
    return split_at(words_hash(key), shares)
