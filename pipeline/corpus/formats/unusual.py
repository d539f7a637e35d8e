"""A text -> what is unusual in it and hard to see, by name."""

import re
import unicodedata
from collections.abc import Iterator

from pipeline.corpus.formats.characters import UNDECODABLE

SIGNS = {
    "a NUL": re.compile("\0"),
    "a control character": re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
    "a zero-width sign": re.compile("[\u200b\u2060\ufeff\u00ad]"),
    "a mark of writing direction": re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]"),
    "a sign that replaced unreadable bytes": re.compile("\ufffd"),
    "letters that look wrongly decoded": re.compile("[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac"),
}
"""What may be in a text without being seen, or that another program has left there."""
LONG = 100_000
"""Characters from which a text is long."""
LOOKS_MISSING = frozenset({"nan", "none", "na", "n/a", "null", "nil", "-", "?"})
"""Texts, in small letters, by which other programs mean that there is none."""


def unusual(text: str) -> Iterator[str]:
    """The names of what is unusual in a text."""
    if len(text) >= LONG:
        yield f"{LONG:,} characters or more"
    if text.isascii() and text.isprintable():
        return
    for name, pattern in SIGNS.items():
        if pattern.search(text):
            yield name
    if not unicodedata.is_normalized("NFC", text):
        yield "letters with separate marks (not in Unicode's form NFC)"


def looks_missing(cell: str) -> bool:
    """Whether a cell says that it says nothing, as `nan` does; it is a text all the same."""
    return cell.strip().lower() in LOOKS_MISSING


def require_spellable(text: str) -> None:
    """Raise ValueError where UTF-8 cannot spell a text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        sign = text[error.start]
        if sign == UNDECODABLE:
            raise ValueError("it has bytes that the file's encoding does not know") from None
        raise ValueError(f"it has half a sign, a lone surrogate (\\u{ord(sign):x})") from None
