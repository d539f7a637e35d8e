"""One example: its words, what is known about each of them, and what is known of the whole."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Annotation = tuple[str | int, ...]
"""An entry for each word."""
Label = str | tuple[str, ...]
"""One text, or several where a whole may have more than one label."""

BETWEEN = "[SEP]"
"""The word between the two texts of a pair (a delimiter: Radford et al. 2018, section 3.3)."""
UNKNOWN = "_"
"""Stands where a source says nothing about a word."""


@dataclass(frozen=True, slots=True)
class Example:
    """Words, with any annotations of theirs and any labels of the whole, by column.

    Where a text is known, each word is what stands in it from `start` to `end`, so that it can be
    shown as it was written. In the column `head`, which counts words from 1, 0 is the root; where a
    source says nothing of syntax, every head is 0. A word about which a column says nothing has "_"
    there, a whole without a label "" or no labels.

    Raises:
        ValueError: no words, columns of different lengths, an empty word or annotation, a head
            that is neither 0 nor another word of the example, or a word that does not stand in the
            text where it is said to.
    """

    sentence_id: str
    form: tuple[str, ...]
    """Its words."""
    annotations: Mapping[str, Annotation] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    document: str = ""
    """The text that it was taken from: examples of one are not independent. "" if unknown."""
    text: str = ""
    """As it was written; "" where only the words are known."""
    start: tuple[int, ...] = ()
    """Where each word begins in the text, in code points."""
    end: tuple[int, ...] = ()
    """Where each word ends in it."""

    def __post_init__(self) -> None:
        columns = {"form": self.form, **self.annotations}
        if not self.form:
            raise self._fault("expected at least one word, found none")
        if len({len(column) for column in columns.values()}) > 1:
            found = ", ".join(f"{len(column)} {name}" for name, column in columns.items())
            raise self._fault(f"expected as many of each as there are words, found {found}")
        for name, column in columns.items():
            if "" in column:
                place = column.index("") + 1
                raise self._fault(f"expected a {name} for every word, found none for word {place}")
        for place, head in enumerate(self.annotations.get("head", ()), 1):
            if not 0 <= int(head) <= len(self.form) or head == place:
                raise self._fault(f"word {place} has head {head}: {expected_head(len(self.form))}")
        if self.text:
            places = zip(self.start, self.end, strict=True)
            if self.form != tuple(self.text[start:end] for start, end in places):
                raise self._fault("its words do not stand in its text where they are said to")

    def row(self) -> dict[str, Any]:
        """The same as a row of a table, in the order in which the columns are stored."""
        return {
            "sentence_id": self.sentence_id,
            **self.labels,
            "form": self.form,
            **self.annotations,
            "document": self.document,
            **({"text": self.text, "start": self.start, "end": self.end} if self.text else {}),
        }

    def _fault(self, what: str) -> ValueError:
        return ValueError(f"sentence {self.sentence_id!r}: {what}")


def expected_head(n_words: int) -> str:
    """What a head may be, for a message."""
    return f"expected 0 for the root or another word of 1 to {n_words}"


def row_line(example: Example) -> bytes:
    """The row as a line of JSON: what hashes of a corpus are made of."""
    return f"[{', '.join(map(_json, example.row().values()))}]\n".encode()


def words_hash(form: Sequence[str]) -> int:
    """A number in [0, 2^64), the same for the same words in every process and on every machine.

    BLAKE2b with 8 bytes over the words as a JSON list, so that ["ab"] and ["a", "b"] differ.
    """
    words = f"[{_texts(form)}]".encode()
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest())


def _json(value: str | Sequence[str | int]) -> str:
    """A cell as the library `json` writes it with ensure_ascii=False, in a tenth of the time."""
    if isinstance(value, str):
        return _texts([value])
    return f"[{_texts(value)}]" if value and isinstance(value[0], str) else str(list(value))


BETWEEN_TEXTS = "\x1f"
CONTROL = re.compile("[\x00-\x1e]")


def _texts(texts: Sequence[Any]) -> str:
    """Texts as JSON, with commas between them."""
    joined = BETWEEN_TEXTS.join(texts)
    if CONTROL.search(joined) or joined.count(BETWEEN_TEXTS) >= max(1, len(texts)):
        return json.dumps(list(texts), ensure_ascii=False)[1:-1]
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"').replace(BETWEEN_TEXTS, '", "')
    return f'"{escaped}"' if texts else ""
