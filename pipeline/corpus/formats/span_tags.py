"""Spans of words <-> a tag on each word (Ramshaw and Marcus 1995), in the ways that they are told.

`bio`: B-X begins a span of kind X, I-X goes on with it, O is outside. `iobes`: E-X ends it, S-X is
one of a single word. `iob1`: I-X begins one too; B-X is needed only right after another of its
kind.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

OUTSIDE = "O"
PREFIXES = {"bio": "BI", "iobes": "BIES", "iob1": "BI"}
GOES_ON = {"bio": "I", "iobes": "IE", "iob1": "I"}
"""How a tag begins whose word is in the same span as the one before."""


@dataclass(frozen=True, order=True)
class Span:
    """Neighbouring words that are something together."""

    start: int
    """Its first word, from 0."""
    end: int
    """The word after its last."""
    kind: str


def read_tags(tags: Sequence[str], scheme: str) -> list[Span]:
    """The spans that are whole, from left to right; what is no whole span is none.

    As `seqeval` 1.2.2 counts in its strict mode, where `scheme` is bio (its IOB2) or iobes.
    """
    spans: list[Span] = []
    start, kind = -1, ""
    for place, tag in enumerate([*tags, OUTSIDE]):
        prefix, _, here = tag.partition("-")
        if start >= 0 and not (prefix in GOES_ON[scheme] and here == kind):
            if scheme != "iobes":
                spans.append(Span(start, place, kind))
            start = -1
        if start >= 0:
            if prefix == "E":
                spans.append(Span(start, place + 1, kind))
                start = -1
        elif prefix == "S":
            spans.append(Span(place, place + 1, here))
        elif prefix == "B" or (scheme == "iob1" and prefix == "I"):
            start, kind = place, here
    return spans


def write_tags(spans: Iterable[Span], length: int, scheme: str) -> list[str]:
    """The tags of so many words, in bio or iobes; the spans must not overlap."""
    tags = [OUTSIDE] * length
    for span in spans:
        inside = range(span.start, span.end)
        tags[span.start : span.end] = [f"I-{span.kind}" for _ in inside]
        tags[span.start] = f"B-{span.kind}"
        if scheme == "iobes":
            tags[span.end - 1] = f"{'S' if len(inside) == 1 else 'E'}-{span.kind}"
    return tags


def first_fault(tags: Sequence[str], scheme: str) -> int | None:
    """The first word, from 0, whose tag cannot stand there; None where all can."""
    for place, tag in enumerate(tags):
        prefix, _, kind = tag.partition("-")
        if tag != OUTSIDE and not (len(prefix) == 1 and prefix in PREFIXES[scheme] and kind):
            return place
    if scheme == "iob1":
        return None
    again = write_tags(read_tags(tags, scheme), len(tags), scheme)
    return next(
        (i for i, (one, two) in enumerate(zip(tags, again, strict=True)) if one != two), None
    )


def tag_names(kinds: Iterable[str], scheme: str) -> tuple[str, ...]:
    """All tags that words can have where these are the kinds, O first."""
    return (OUTSIDE, *(f"{prefix}-{kind}" for kind in sorted(kinds) for prefix in PREFIXES[scheme]))


def kind_of(tag: str) -> str:
    """X of B-X; "" of O."""
    return tag.partition("-")[2]


def scheme_of(names: Iterable[str]) -> str:
    """The scheme of a model that chooses from these tags, or would know them: bio or iobes."""
    return "iobes" if any(name.startswith(("E-", "S-")) for name in names) else "bio"
