"""Names and texts of others, as in a shared store: what may be shown, what may be a file."""

import re
from collections.abc import Sequence

UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What steers a terminal or turns the direction of writing; joiners stay, which words need."""

UNNAMED = re.compile(r"[^\w.-]+")
NAME_BYTES = 200
"""Of the 255 that most file systems take: an ending, and the mark of an unfinished file, follow."""


def visible(text: str) -> str:
    r"""The text with what cannot be seen written out, such as \x1b; line breaks stay."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def visible_name(name: str) -> str:
    r"""The name on one line: a line break is written out too, as \n."""
    return visible(name).replace("\n", r"\n")


def first_named(names: Sequence[str], most: int, between: str = ", ") -> str:
    """The first of them, and how many more there are: "a, b and 1,250 more"."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return between.join(names[:most]) + more


def file_name(name: str) -> str:
    """A name for a file in the folder at hand, and never a way out of it: `../a b` -> `a-b`."""
    plain = UNNAMED.sub("-", name).encode(errors="replace")[:NAME_BYTES].decode(errors="ignore")
    return plain.strip(".-") or "unnamed"


UNWANTED_PARTS = frozenset(("", ".", ".."))
"""Of a path: it begins or ends with a slash or has two, stays where it is, or goes up."""


def path_below(path: str) -> str:
    """The path itself, if it leads to a file below the folder that it is taken from.

    Raises:
        ValueError: it is absolute, goes up, or is written otherwise than it reads.
    """
    if "\0" in path or not UNWANTED_PARTS.isdisjoint(path.split("/")):
        raise ValueError(f"{path!r} is no path of a file below the project")
    return path
