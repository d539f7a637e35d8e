"""Examples, one after the other -> the figures of their split."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable

import numpy as np

from pipeline.artifacts import Split
from pipeline.corpus.card import SplitCard
from pipeline.corpus.example import Example, row_line, words_hash
from pipeline.corpus.scripts import scripts_of

FEW = 200
"""The most distinct values that are counted one by one; a column with more is no set of labels."""

Counts = dict[str, Counter[str]]
"""Column -> value -> how often."""


class Tally:
    """Counts a split's examples as they pass by."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.hashes: set[int] = set()
        self.annotations: Counts = {}
        self.labels: Counts = {}
        self._ids: set[str] = set()
        self._forms: set[str] = set()
        self._documents: set[str] = set()
        self._lengths = array("q")
        self._letters: Counter[str] = Counter()
        self._all_hashes = array("Q")
        self._rows = hashlib.sha256()

    def add(self, example: Example) -> None:
        """Count one example.

        Raises:
            ValueError: the split has another example of that id (predictions are compared by id).
        """
        if example.sentence_id in self._ids:
            raise ValueError(
                f"{self.split} has two sentences with the id {example.sentence_id!r}: "
                f"expected each id once: rename one, or leave the ids out to have them numbered"
            )
        words = words_hash(example.form)
        self._ids.add(example.sentence_id)
        self.hashes.add(words)
        self._all_hashes.append(words)
        self._forms.update(example.form)
        for name, column in example.annotations.items():
            if name != "head":  # places of words, and no labels
                _count(self.annotations, name, map(str, column))
        for name, label in example.labels.items():
            _count(self.labels, name, [label] if isinstance(label, str) else label)
        self._documents.add(example.document)
        self._lengths.append(len(example.form))
        self._letters.update("".join(example.form))
        self._rows.update(row_line(example))

    @property
    def size(self) -> int:
        """Examples so far."""
        return len(self._ids)

    def card(self, train: "Tally | None") -> SplitCard:
        """What was counted; held against the training split's, where this is another."""
        known = train.hashes if train else set()
        lengths = np.asarray(self._lengths)
        return SplitCard(
            sentences=self.size,
            words=int(lengths.sum()),
            distinct_forms=len(self._forms),
            shortest_sentence=int(lengths.min()),
            median_sentence=int(np.percentile(lengths, 50, method="lower")),
            long_sentence=int(np.percentile(lengths, 95, method="lower")),
            longest_sentence=int(lengths.max()),
            duplicates=self.size - len(self.hashes),
            also_in_train=sum(words in known for words in self._all_hashes),
            annotations=_few(self.annotations),
            labels=_few(self.labels),
            are_words_withheld=self._forms == {"_"},
            not_in_train=self._not_in_train(train),
            documents=len(self._documents - {""}),
            scripts=scripts_of(self._letters),
            sha256=self._rows.hexdigest(),
        )

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
