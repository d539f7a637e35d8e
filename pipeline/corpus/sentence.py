"""One sentence: its words and what is known about each; and the same as a row of a table."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

WORD_COLUMNS = ("form", "lemma", "upos", "xpos", "head", "deprel")
"""The columns with one entry for each word."""

SCHEMA = pa.schema(
    [
        ("sentence_id", pa.string()),
        ("genre", pa.string()),
        ("form", pa.list_(pa.string())),
        ("lemma", pa.list_(pa.string())),
        ("upos", pa.list_(pa.string())),
        ("xpos", pa.list_(pa.string())),
        ("head", pa.list_(pa.int32())),
        ("deprel", pa.list_(pa.string())),
        ("document", pa.string()),
    ]
)
"""A stored sentence: the fields of `Sentence`, in the same order."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, word by word (the columns of CoNLL-U that Headway uses).

    `head` counts words from 1; 0 is the root. Where the source says nothing of syntax, every head
    is 0; where it says nothing of lemma, xpos or deprel, they are "_"; an unknown genre or document
    is "".

    Raises:
        ValueError: no words, columns of different lengths, a word or its label is empty, or a head
            that is no other word of the sentence.
    """

    sentence_id: str
    genre: str
    form: tuple[str, ...]
    lemma: tuple[str, ...]
    upos: tuple[str, ...]
    xpos: tuple[str, ...]
    head: tuple[int, ...]
    deprel: tuple[str, ...]
    document: str = ""
    """The text that the sentence was taken from: sentences of one are not independent."""

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in WORD_COLUMNS}
        if not self.form:
            raise self._fault("expected at least one word, found none")
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{length} {name}" for name, length in lengths.items())
            raise self._fault(f"expected as many of each as there are words, found {found}")
        for name in ("form", "upos"):
            if not all(getattr(self, name)):
                place = getattr(self, name).index("") + 1
                raise self._fault(f"expected a {name} for every word, found none for word {place}")
        for place, head in enumerate(self.head, 1):
            if not 0 <= head <= len(self.form) or head == place:
                raise self._fault(f"word {place} has head {head}: {expected_head(len(self.form))}")

    def _fault(self, what: str) -> ValueError:
        return ValueError(f"sentence {self.sentence_id!r}: {what}")


def expected_head(n_words: int) -> str:
    """What a head may be, for a message."""
    return f"expected 0 for the root or another word of 1 to {n_words}"


def words_hash(form: Sequence[str]) -> int:
    """A number in [0, 2^64), the same for the same words in every process and on every machine.

    BLAKE2b with 8 bytes over the words as a JSON list, so that ["ab"] and ["a", "b"] differ.
    """
    words = json.dumps(list(form), ensure_ascii=False).encode()
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest())
