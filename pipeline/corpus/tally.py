"""Examples, one after the other -> the figures of their split."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable

import numpy as np
from jaxtyping import UInt64

from pipeline.artifacts import Split
from pipeline.corpus.card import SplitCard
from pipeline.corpus.example import Example, words_hash
from pipeline.corpus.number_set import NumberSet
from pipeline.corpus.scripts import scripts_of

FEW = 200
"""The most distinct values that are counted one by one; a column with more is no set of labels."""

Counts = dict[str, Counter[str]]
"""Column -> value -> how often."""


class Tally:
    """Counts a split's examples as they pass by; some thirty bytes of each stay in memory."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.annotations: Counts = {}
        self.labels: Counts = {}
        self._ids, self._forms, self._documents = NumberSet(), NumberSet(), NumberSet()
        self._lengths = array("I")
        self._letters: Counter[str] = Counter()
        self._ascii = np.zeros(128, np.int64)
        self._hashes = array("Q")
        self._rows = hashlib.sha256()

    def add(self, example: Example, line: bytes) -> None:
        """Count one example; its row as a line of JSON is known.

        Raises:
            ValueError: the split has another example of that id (predictions are compared by id).
        """
        if not self._ids.add(_number(example.sentence_id)):
            raise ValueError(
                f"{self.split} has two sentences with the id {example.sentence_id!r}: "
                f"expected each id once: rename one, or leave the ids out to have them numbered"
            )
        self._hashes.append(words_hash(example.form))
        self._forms.update(map(hash, example.form))
        for name, column in example.annotations.items():
            if name != "head":  # places of words, and no labels
                _count(self.annotations, name, map(str, column))
        for name, label in example.labels.items():
            _count(self.labels, name, [label] if isinstance(label, str) else label)
        self._documents.add(hash(example.document))
        self._lengths.append(len(example.form))
        self._count_letters("".join(example.form))
        self._rows.update(line)

    @property
    def size(self) -> int:
        """Examples so far."""
        return len(self._lengths)

    def hashes(self) -> UInt64[np.ndarray, " example"]:
        """Of the words of each example, sorted."""
        hashes = np.asarray(self._hashes)
        hashes.sort()  # in its place: nobody asks for the order
        return hashes

    def card(self, train: "Tally | None") -> SplitCard:
        """What was counted; held against the training split's, where this is another."""
        hashes, lengths = self.hashes(), np.asarray(self._lengths)
        return SplitCard(
            sentences=self.size,
            words=int(lengths.sum()),
            distinct_forms=len(self._forms),
            shortest_sentence=int(lengths.min()),
            median_sentence=int(np.percentile(lengths, 50, method="lower")),
            long_sentence=int(np.percentile(lengths, 95, method="lower")),
            longest_sentence=int(lengths.max()),
            duplicates=int((hashes[1:] == hashes[:-1]).sum()),
            also_in_train=_among(hashes, train.hashes()) if train else 0,
            annotations=_few(self.annotations),
            labels=_few(self.labels),
            are_words_withheld=len(self._forms) == 1 and hash("_") in self._forms,
            not_in_train=self._not_in_train(train),
            documents=len(self._documents) - (hash("") in self._documents),
            scripts=scripts_of(self._letters + self._ascii_letters()),
            sha256=self._rows.hexdigest(),
        )

    def _count_letters(self, letters: str) -> None:
        if letters.isascii():
            codes = np.frombuffer(letters.encode(), np.uint8)
            self._ascii += np.bincount(codes, minlength=len(self._ascii))
        else:
            self._letters.update(letters)

    def _ascii_letters(self) -> Counter[str]:
        return Counter({chr(code): int(n) for code, n in enumerate(self._ascii) if n})

    def _not_in_train(self, train: "Tally | None") -> dict[str, dict[str, int]]:
        """By column, the values that train never has, where there are any."""
        if train is None:
            return {}
        known = _few(train.annotations | train.labels)
        unseen = {
            column: {value: n for value, n in values.items() if value not in known[column]}
            for column, values in _few(self.annotations | self.labels).items()
            if column in known
        }
        return {column: values for column, values in unseen.items() if values}


def _count(counts: Counts, name: str, values: Iterable[str]) -> None:
    """Count a column's values, as long as they are few."""
    counted = counts.setdefault(name, Counter())
    if len(counted) <= FEW:
        counted.update(values)


def _few(counts: Counts) -> dict[str, dict[str, int]]:
    """The columns that have few distinct values."""
    return {name: dict(values) for name, values in counts.items() if len(values) <= FEW}


def _number(text: str) -> int:
    """BLAKE2b with 8 bytes: a number in [-2^63, 2^63), no other text's but by a rare chance."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _among(hashes: UInt64[np.ndarray, " example"], known: UInt64[np.ndarray, " other"]) -> int:
    """How many of them are among the others, which are sorted."""
    if not len(known):
        return 0
    at = np.searchsorted(known, hashes)
    return int((known[np.minimum(at, len(known) - 1)] == hashes).sum())
