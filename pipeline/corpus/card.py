"""The card of a corpus: how much there is, of what, and a hash that says whether it is the same."""

import hashlib
import json
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.artifacts import Split
from pipeline.corpus.sentence import SCHEMA, Sentence, words_hash
from pipeline.corpus.source import Source

FILE_NAME = "card.json"

MANY = 0.1
"""The share of a split's sentences that also stand in train, from which a line says so."""


@dataclass(frozen=True)
class SplitCard:
    """What is in a split."""

    sentences: int
    words: int
    distinct_forms: int
    longest_sentence: int
    """In words."""
    also_in_train: int
    """Sentences whose words are those of a training sentence; 0 for train itself."""
    labels: dict[str, int]
    """UPOS -> words."""
    are_words_withheld: bool
    """Whether every form is "_", as in treebanks whose text is not free."""
    labels_not_in_train: dict[str, int]
    """Those of them that train never has, so that no model can learn them."""
    genres: dict[str, int]
    """Genre -> sentences."""
    documents: int
    """Texts that the sentences come from; 0 where the source knows of none."""
    sha256: str
    """Of the rows, each as a line of JSON: it outlives another version of the file format."""


class Tally:
    """Counts a split's sentences as they pass by."""

    def __init__(
        self, split: Split, in_train: Container[int], train_labels: Container[str] | None
    ) -> None:
        self.split = split
        self.hashes: set[int] = set()
        self._in_train = in_train
        self._train_labels = train_labels
        self._ids: set[str] = set()
        self._forms: set[str] = set()
        self.labels: Counter[str] = Counter()
        self._genres: Counter[str] = Counter()
        self._documents: set[str] = set()
        self._longest = 0
        self._also_in_train = 0
        self._rows = hashlib.sha256()

    def add(self, sentence: Sentence) -> None:
        """Count one sentence.

        Raises:
            ValueError: the split has another sentence of that id (predictions are compared by id).
        """
        if sentence.sentence_id in self._ids:
            raise ValueError(
                f"{self.split} has two sentences with the id {sentence.sentence_id!r}: "
                f"expected each id once: rename one, or leave the ids out to have them numbered"
            )
        words = words_hash(sentence.form)
        self._ids.add(sentence.sentence_id)
        self.hashes.add(words)
        self._forms.update(sentence.form)
        self.labels.update(sentence.upos)
        self._genres[sentence.genre] += 1
        self._documents.add(sentence.document)
        self._longest = max(self._longest, len(sentence.form))
        self._also_in_train += words in self._in_train
        row = [getattr(sentence, name) for name in SCHEMA.names]
        self._rows.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    def card(self) -> SplitCard:
        """What was counted so far."""
        return SplitCard(
            sentences=len(self._ids),
            words=self.labels.total(),
            distinct_forms=len(self._forms),
            longest_sentence=self._longest,
            also_in_train=self._also_in_train,
            labels=dict(self.labels),
            are_words_withheld=self._forms == {"_"},
            labels_not_in_train={}
            if self._train_labels is None
            else {
                label: words
                for label, words in self.labels.items()
                if label not in self._train_labels
            },
            genres=dict(self._genres),
            documents=len(self._documents - {""}),
            sha256=self._rows.hexdigest(),
        )


def write_card(folder: Path, source: Source, splits: dict[Split, SplitCard]) -> None:
    """Write card.json: the source, each split's figures, what each file held."""
    card: dict[str, Any] = {
        "source": source.kind,
        "name": source.name,
        "origin": source.origin,
        "licence": source.licence,
        "splits": {split: asdict(figures) for split, figures in splits.items()},
    }
    if source.found:
        card["found"] = {name: asdict(held) for name, held in source.found.items()}
    text = json.dumps(card, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / FILE_NAME).write_text(f"{text}\n", encoding="utf-8")


def said_of_overlap(card: Mapping[str, Any]) -> str | None:
    """A line on held-out sentences that training saw; None where they are few.

    Short sentences come again in any corpus: 3 % of the English treebank's.
    """
    held_out = {name: split for name, split in card["splits"].items() if name != "train"}
    if all(split["also_in_train"] < MANY * split["sentences"] for split in held_out.values()):
        return None
    shares = ", ".join(
        f"{name} {split['also_in_train']:,}/{split['sentences']:,}"
        for name, split in held_out.items()
    )
    return f"also_in_train: {shares} sentences: what was learnt by heart counts as right in these"


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a stored corpus; `splits` holds the fields of `SplitCard` for each split.

    Raises:
        FileNotFoundError: there is none.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: run `dvc repro corpus`")
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return card
