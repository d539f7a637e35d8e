"""Numbers and words of a sentence -> texts of a page, in which those words are set apart."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline import numbers

TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
LETTERS = 28
"""A longer word is cut."""


@dataclass(frozen=True)
class Token:
    """A word, or a piece of one, as a page shows it: whatever it holds, it can be seen."""

    text: str


Said = tuple[str | Token, ...]
"""A text in parts: the page sets each Token apart from the direction of the text around it."""


def token(text: str) -> Token:
    """Signs that have no picture become escapes; what is too long is cut."""
    short = text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
    seen = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)
    return Token(f"◌{seen}" if seen and unicodedata.combining(seen[0]) else seen)


def number(value: float | np.floating) -> str:
    """Two decimals, fewer from 10 on: 0.12, −3.45, 12.3, 400; no zero has a sign."""
    return numbers.digits(value).replace("-", MINUS).replace("inf", "∞")


def signed(value: float | np.floating) -> str:
    """A number to be added: +0.12."""
    return numbers.signed(value).replace("-", MINUS)


def head_name(layer: int, head: int, n_layers: int) -> str:
    """Counted from 1, as people count: "head 2", or "head 1.2" where there are several layers."""
    return f"head {head + 1}" if n_layers == 1 else f"head {layer + 1}.{head + 1}"


def counted(count: int, what: str) -> str:
    """Such as "1 head" and "2 heads"."""
    return f"{count} {what}{'s' * (count != 1)}"


def listed(names: Sequence[str]) -> str:
    """Such as "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def sentence_case(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]
