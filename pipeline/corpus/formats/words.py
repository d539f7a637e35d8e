"""A person's sentence -> words: a list of words as it is, a line of text cut like the treebanks."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from icu4py.breakers import WordBreaker

from pipeline.corpus.example import BETWEEN

Text = str | Sequence[str]
"""A sentence as a person gives it: one text to be cut, or a list of its words."""

SPACE = re.compile(r"[^\S\u00a0\u2007\u202f]+")
"""White space that stands between words; a no-break space stands inside one."""
_APOSTROPHE = r"['\u2019]"
_CLITIC = rf"{_APOSTROPHE}(?:s|re|ve|ll|d|m)"
_CUT_OFF = re.compile(rf"(?i)(?<=\w)(?:n{_APOSTROPHE}t|{_CLITIC})$")
_HALVES = re.compile("[\ud800-\udfff]")
_JOINED = re.compile(
    rf"""https?://\S*[^\s.,;:!?'")\]] | [\w.+-]+@[\w-]+(?:\.[\w-]+)+    # addresses
      | (?:\w\.){{2,}}                     # U.S.
      | \d+(?:[.,:/]\d+)+                  # 1,000.5 and 10:30
      | ([!-/:-@\[-`{{-~])\1+              # ... and --
      | (?<!\S)(?i:{_CLITIC})(?!\w)       # Ann 's
    """,
    re.VERBOSE,
)


def words_of(sentence: Text) -> list[str]:
    """The words of a sentence: a list's own, whatever stands in them, or those of a text.

    Raises:
        ValueError: there is no word, one of the list is empty, or UTF-8 cannot spell it.
    """
    if isinstance(sentence, str):
        return split_words(sentence)
    words = [_spelled(word) for word in sentence]
    if not words or not all(word.strip() for word in words):
        raise ValueError(
            f"expected a list of words, none of them empty, found {words}: give each word as text"
        )
    return words


def paired(first: Text, second: Text) -> list[str]:
    """The words of a pair of texts, as a corpus has them: with BETWEEN between the two.

    Raises:
        ValueError: as `words_of` says, of either.
    """
    return [*words_of(first), BETWEEN, *words_of(second)]


@dataclass(frozen=True)
class Cut:
    """A sentence with its words, and where they stand in it."""

    text: str
    """As it was given; of a list, its words with a space between them."""
    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    """Where each word begins and ends in the text, in code points."""


def cut(sentence: Text) -> Cut:
    """The words of a sentence with their places.

    Raises:
        ValueError: as `words_of` says.
    """
    if isinstance(sentence, str):
        places = places_of_words(sentence)
        return Cut(sentence, tuple(sentence[a:b] for a, b in places), tuple(places))
    words = words_of(sentence)
    ends = list(accumulate(len(word) + 1 for word in words))
    spans = [(end - 1 - len(word), end - 1) for word, end in zip(words, ends, strict=True)]
    return Cut(" ".join(words), tuple(words), tuple(spans))


def split_words(text: str) -> list[str]:
    """Cut text at Unicode's word boundaries (UAX 29, section 4), then as English treebanks do.

    Marks and joiners stay with their letters, and every other sign is a word of its own; white
    space and what cannot be seen is left out. Where a script has no spaces between words (Chinese,
    Japanese, Thai, Lao, Khmer, Burmese), ICU's dictionaries say where they end. One rule beyond
    that for each of three things:
    - joined again are addresses, abbreviations (U.S.), numbers with a sign inside (10:30), and a
      sign that is repeated (...);
    - an apostrophe between letters stays inside the word (l'homme), but English clitics are cut
      off, or stay off: do n't, Ann 's, we 'll;
    - a hyphen is a word of its own: state - of - the - art.

    Raises:
        ValueError: there is no word in the text, or UTF-8 cannot spell it.
    """
    return [text[start:end] for start, end in places_of_words(text)]


def places_of_words(text: str) -> list[tuple[int, int]]:
    """Where each word of `split_words` begins and ends, in code points: text[start:end] is it.

    Raises:
        ValueError: as `split_words` says.
    """
    places: list[tuple[int, int]] = []
    segments = [*WordBreaker(_spelled(text), "root")]
    ends = [*accumulate(map(len, segments))]
    start = at = 0
    for segment, end in zip(segments, ends, strict=True):
        if start >= at and not segment.isspace():
            at = end
            if segment.isalpha() and text[end : end + 1].isspace():  # nothing can be joined to it
                places.append((start, end))
            else:
                at = _joined_end(text, start, ends, end)
                places += _seen_words(text, start, at)
        start = end
    if not places:
        raise ValueError(
            "expected at least one word, found none: write a sentence, such as "
            '"The cat sat on the mat"'
        )
    return places


def _spelled(text: str) -> str:
    """The text; ValueError where UTF-8 cannot spell it."""
    if _HALVES.search(text):
        raise ValueError(
            "expected text in UTF-8, found bytes that are none: check the terminal's encoding"
        )
    return text


def _joined_end(text: str, start: int, ends: Sequence[int], end: int) -> int:
    """Where what begins at a boundary ends: at the next one, or where it is joined to more."""
    joined = _JOINED.match(text, start)
    if joined is None:
        return end
    at = joined.end()
    return at if ends[bisect_left(ends, at)] == at else end


def _seen_words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """What of a piece can be seen: nothing, a word, or a word and its clitic."""
    piece = text[start:end]
    if piece.isalnum():
        return [(start, end)]
    if not any(map(_is_seen, piece)):
        return []
    # A mark without a letter stands on the space before it.
    start, end = end - len(piece.lstrip()), start + len(piece.rstrip())
    found = _CUT_OFF.search(text[start:end])
    if not found or not found.start():
        return [(start, end)]
    cut = start + found.start()
    return [(start, cut), (cut, end)]


def _is_seen(sign: str) -> bool:
    """Neither white space nor a control or format character."""
    return not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf", "Zs", "Zl", "Zp")
