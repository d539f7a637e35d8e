"""Words of examples -> which examples are equal, or nearly so.

Two examples are as like as the pairs of neighbouring words that they share: Jaccard's index of the
two sets (Broder 1997, with pairs). Case and signs do not count, beginning and end do. From LIKE on
they are nearly equal: of seven words or more, one may differ.

Which pairs of examples are worth comparing is found by MinHash (Broder 1997) in bands (Leskovec,
Rajaraman and Ullman 2014, section 3.4); each of them is then compared exactly. Between the splits
of the English treebank these are 11,900 pairs, with all 11 among them that are nearly equal.
SimHash of 64 bits (Charikar 2002) over the same pairs of words has none of these at a distance of 3
bits, and all of them at 20 bits, among some 224,000.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int, UInt8, UInt64

LIKE = 0.6
"""The least share of their pairs of words that nearly equal examples have in common."""
BANDS, IN_BAND = 32, 3
"""Two examples of likeness s share a band with probability 1 - (1 - s^3)^32: 0.9996 at 0.6."""
EDGE = np.uint64(0x9E3779B97F4A7C15)
"""Stands before the first word and after the last."""


def plain_words(form: Sequence[str]) -> list[str]:
    """The words as they are compared; where there are nothing but signs, these."""
    plain = [*filter(None, map(_plain, form))]
    return plain or list(form)


def _plain(word: str) -> str:
    """Its letters, their marks and digits, small and in one form; "" for a sign."""
    if word.isascii() and word.isalnum():
        return word.lower()
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LMN")


@dataclass(frozen=True)
class Pairs:
    """The hashed pairs of neighbouring words of some examples, end to end."""

    values: UInt64[np.ndarray, " pair"]
    lengths: Int[np.ndarray, " example"]
    """How many each example has."""

    @property
    def starts(self) -> Int[np.ndarray, " example"]:
        """Where each example's begin."""
        return np.asarray(np.cumsum(self.lengths) - self.lengths)

    def set_of(self, example: int) -> UInt64[np.ndarray, " distinct"]:
        """An example's, without repetition."""
        start = self.starts[example]
        return np.unique(self.values[start : start + self.lengths[example]])

    def contents(self) -> UInt64[np.ndarray, " example"]:
        """A number for each example, the same where it has the same pairs as often."""
        return np.asarray(np.add.reduceat(_mixed(self.values), self.starts))

    def band_keys(self) -> UInt64[np.ndarray, "band example"]:
        """A number for each band: nearly equal examples very likely have one in common."""
        keys = np.empty((BANDS, len(self.lengths)), np.uint64)
        starts = self.starts
        for band in range(BANDS):
            key = np.full(len(starts), np.uint64(band))
            for row in range(band * IN_BAND, (band + 1) * IN_BAND):
                hashed = (self.values * FACTORS[row]) >> np.uint64(32)
                key = _mixed(key + np.minimum.reduceat(hashed, starts))
            keys[band] = key
        return keys


def pairs_of(forms: pa.ListArray) -> Pairs:
    """The pairs of each example's words."""
    kept, of_kept = _plain_hashes(forms)
    count = np.bincount(of_kept, minlength=len(forms))
    left = np.full(len(kept) + len(forms), EDGE)
    right = left.copy()
    at = np.arange(len(kept)) + of_kept  # each example before has a place more than words
    left[at + 1] = kept
    right[at] = kept
    return Pairs(_mixed(left * np.uint64(3) ^ _mixed(right)), count + 1)


def _plain_hashes(
    forms: pa.ListArray,
) -> tuple[UInt64[np.ndarray, " word"], Int[np.ndarray, " word"]]:
    """A hash of each word that is compared, and the example that it stands in."""
    table = forms.flatten().dictionary_encode()
    distinct = table.dictionary.to_pylist()
    plain = [_plain(word) for word in distinct]
    where = table.indices.to_numpy(zero_copy_only=False)
    hashed = np.array([_hash(p or w) for p, w in zip(plain, distinct, strict=True)], np.uint64)
    is_word = np.array([bool(word) for word in plain])[where]
    length = forms.value_lengths().to_numpy(zero_copy_only=False)
    of_row = np.repeat(np.arange(len(length)), length)
    has_words = np.bincount(of_row, is_word, len(length)) > 0
    is_kept = is_word | ~has_words[of_row]
    return hashed[where[is_kept]], of_row[is_kept]


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())


def _mixed(values: np.ndarray) -> np.ndarray:
    """A number that looks random for each number: splitmix64's last step (Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))


FACTORS = _mixed(np.arange(1, BANDS * IN_BAND + 1, dtype=np.uint64)) | np.uint64(1)
"""Odd numbers that make another order of all hashes each (Dietzfelbinger et al. 1997)."""
SEVERAL = np.array([bin(mask).count("1") > 1 for mask in range(8)])
"""By a mask of splits: whether it has two or more."""


MANY = 500
"""Contents from which those with the same key are not all compared with one another."""
FIRST = 20
"""Of so many, each is compared with the first of each split, as many as that."""
AT_ONCE = 1 << 20
"""Hashes that are compared at a time."""


def candidates(
    keys: UInt64[np.ndarray, " content"], masks: UInt8[np.ndarray, " content"]
) -> Int[np.ndarray, " candidate"]:
    """Pairs with the same key that lie in more than one split: a and b > a as a * number + b."""
    order = np.argsort(keys, kind="stable")
    number, same = len(keys), keys[order]
    start = np.flatnonzero(np.append(True, same[1:] != same[:-1]))
    size = np.diff(np.append(start, number))
    is_mixed = (size > 1) & SEVERAL[np.bitwise_or.reduceat(masks[order], start)]
    group = np.repeat(np.arange(len(start)), size)
    at = np.flatnonzero((is_mixed & (size <= MANY))[group])
    after = start[group[at]] + size[group[at]] - 1 - at  # how many of its group follow each
    first = np.repeat(at, after)
    step = np.arange(len(first)) - np.repeat(np.cumsum(after) - after, after)
    found = [(order[first], order[first + 1 + step])]
    found += [
        _with_the_first(order[start[large] : start[large] + size[large]], masks)
        for large in np.flatnonzero(is_mixed & (size > MANY))
    ]
    one, other = (np.concatenate(side) for side in zip(*found, strict=True))
    is_between = SEVERAL[masks[one] | masks[other]] & (one != other)
    low, high = np.minimum(one, other)[is_between], np.maximum(one, other)[is_between]
    return np.unique(low * number + high)


def _with_the_first(
    members: Int[np.ndarray, " member"], masks: UInt8[np.ndarray, " content"]
) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """Each of many contents beside the first few of each split: where all are alike, that tells."""
    of_split = [members[(masks[members] & bit) > 0][:FIRST] for bit in (1, 2, 4)]
    chosen = np.unique(np.concatenate(of_split))
    return np.repeat(members, len(chosen)), np.tile(chosen, len(members))


def likenesses(
    sets: Sequence[UInt64[np.ndarray, " _"]], pairs: Int[np.ndarray, "pair 2"]
) -> Float[np.ndarray, " pair"]:
    """The share that the two sets of each pair have in common, in [0, 1]; sets by their places."""
    sizes = np.array([len(one) for one in sets])
    values, starts = np.concatenate(sets), np.cumsum(sizes) - sizes
    both = np.empty(len(pairs), np.int64)
    piece = np.cumsum(sizes[pairs].sum(axis=1)) // AT_ONCE
    for begin, end in pairwise([0, *np.flatnonzero(np.diff(piece)) + 1, len(pairs)]):
        here = pairs[begin:end].ravel()
        length = sizes[here]
        inside = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        value = values[np.repeat(starts[here], length) + inside]
        pair = np.repeat(np.arange(len(here)) // 2, length)
        order = np.lexsort((value, pair))
        value, pair = value[order], pair[order]
        is_twice = (value[1:] == value[:-1]) & (pair[1:] == pair[:-1])
        both[begin:end] = np.bincount(pair[1:][is_twice], minlength=end - begin)
    return np.asarray(both / (sizes[pairs].sum(axis=1) - both))
