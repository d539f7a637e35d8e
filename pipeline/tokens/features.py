"""Words -> sub-word feature ids: what a word that was never seen is like."""

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

NO_FEATURE = 0
"""The row of the table that is no part of any word."""
START = "^"
"""Before the shape of a word that starts a sentence."""
_BEYOND_FOUR = re.compile(r"(.)(?=\1{4})")


@dataclass(frozen=True)
class SubwordFeatures:
    """Which parts of a word have a vector of their own, beside the word's.

    Each part is one slot; a slot's parts are hashed (CRC-32) into `buckets` rows, so that no list
    of parts is needed and every new word has features, as in fastText (Bojanowski et al. 2017)
    and spaCy. Row 0 stands for no feature: of padding, and of words hidden or replaced.
    """

    prefix_lengths: tuple[int, ...]
    suffix_lengths: tuple[int, ...]
    """Both in characters."""
    has_shape: bool
    buckets: int

    def parts(self, starts_sentence: bool) -> list[Callable[[str], str]]:
        """One function a slot: from the word to the part of it that is hashed.

        The first word of a sentence has a capital whatever it is, so its shape is another one.
        """
        mark = START if starts_sentence else ""
        prefixes = [lambda word, n=n: word[:n].lower() for n in self.prefix_lengths]
        suffixes = [lambda word, n=n: word[-n:].lower() for n in self.suffix_lengths]
        shapes = [lambda word: mark + shape(word)] if self.has_shape else []
        return [*prefixes, *suffixes, *shapes]

    @property
    def n_slots(self) -> int:
        """Features of each token."""
        return len(self.prefix_lengths) + len(self.suffix_lengths) + self.has_shape

    @property
    def n_rows(self) -> int:
        """Rows of the table that holds every slot's vectors, row 0 included."""
        return 1 + self.n_slots * self.buckets if self.n_slots else 0

    def ids(self, words: Sequence[str], starts_sentence: bool) -> Int[np.ndarray, "word slot"]:
        """The row of each part of each word; all of them start a sentence, or none does."""
        table = np.empty((len(words), self.n_slots), dtype=np.int32)
        for slot, part in enumerate(self.parts(starts_sentence)):
            first = 1 + slot * self.buckets
            parts = [part(word) for word in words]
            row = {text: first + zlib.crc32(text.encode()) % self.buckets for text in set(parts)}
            table[:, slot] = [row[text] for text in parts]
        return table


NO_FEATURES = SubwordFeatures(prefix_lengths=(), suffix_lengths=(), has_shape=False, buckets=1)
"""Of an encoding without parts of words."""


def shape(word: str) -> str:
    """The word with capitals as X, other letters as x, digits as d; runs cut at four.

    shape("Headway-2026") is "Xxxxx-dddd".
    """
    classes = word.translate(_ASCII) if word.isascii() else "".join(map(_character_class, word))
    return classes if len(classes) < 5 else _BEYOND_FOUR.sub("", classes)


def _character_class(c: str) -> str:
    return "d" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c


_ASCII = {code: _character_class(chr(code)) for code in range(128)}
"""For most words the whole translation is one call."""
