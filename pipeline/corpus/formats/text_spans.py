"""A list of spans of a text, as people and their tools mark them -> a tag for each of its words.

Nothing is mended: spans that tags of words cannot say exactly are a reason to reject the row.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipeline.corpus.formats.span_tags import Span, write_tags
from pipeline.corpus.formats.unusual import require_spellable

START, END = ("start", "start_offset"), ("end", "end_offset")
LABEL = ("label", "labels")
"""What the tools call each; `labels` is a list of one."""
SCHEME = "bio"
"""How the tags say the spans."""
SHOWN = 60
"""Characters of a span that a reason shows."""

Places = Sequence[tuple[int, int]]
"""Where each word begins and ends in its text, in code points."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A part of a text that is something: text[start:end], in code points."""

    start: int
    end: int
    label: str
    text: str | None
    """What stands there, where whoever marked it says so."""

    def __str__(self) -> str:
        return f"{self.start} to {self.end} ({self.label})"


def spans_of(cell: Any) -> list[TextSpan]:
    """The spans that a cell lists, from left to right.

    Each is an object (start, end and label, or as START, END and LABEL have them), or a list of the
    three. In a file without lists it is JSON.

    Raises:
        ValueError: it lists none, or one of them is no span; its note says which.
    """
    if isinstance(cell, str) and cell.startswith("["):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            raise _fault("it is no JSON that can be used", cell) from None
    if cell is None or cell == "":
        raise ValueError("there is no span list: [] says that the text has no span")
    if not isinstance(cell, list):
        raise _fault("it is no span list", cell)
    return sorted(map(_span, cell), key=lambda span: (span.start, span.end))


def _span(entry: Any) -> TextSpan:
    if isinstance(entry, list) and len(entry) == 3:
        entry = dict(zip(("start", "end", "label"), entry, strict=True))
    if not isinstance(entry, Mapping):
        raise _fault("a span is neither an object nor a list of start, end and label", entry)
    start, end = _place(entry, START), _place(entry, END)
    text = entry.get("text")
    return TextSpan(start, end, _label(entry), text if isinstance(text, str) else None)


def _place(entry: Mapping[str, Any], names: Sequence[str]) -> int:
    found = next((entry[name] for name in names if name in entry), None)
    if type(found) is not int:
        raise _fault(f"a span's {names[0]} is no whole number", entry)
    return found


def _label(entry: Mapping[str, Any]) -> str:
    found = next((entry[name] for name in LABEL if name in entry), None)
    if isinstance(found, list):
        if len(found) > 1:
            raise _fault("a span has several labels", entry)
        found = found[0] if found else None
    if found is None or (isinstance(found, str) and not found.strip()):
        raise _fault("a span has no label", entry)
    if not isinstance(found, str):
        raise _fault("a span's label is no text", entry)
    require_spellable(found)
    return found


def tags_of(spans: Sequence[TextSpan], text: str, places: Places) -> tuple[str, ...]:
    """A tag for each word, which say the same spans: nothing of them is lost.

    Raises:
        ValueError: two overlap, or one is empty, is not in the text, is not what it says it is, or
            has an edge that is no word's; the note says which.
    """
    for span in spans:
        _require_place(span, text)
    for one, other in pairwise(spans):
        if other.start < one.end:
            raise _fault("a span overlaps another", f"{one} and {other}")
    first = {start: i for i, (start, _) in enumerate(places)}
    last = {end: i for i, (_, end) in enumerate(places)}
    for span in spans:
        if span.start not in first:
            raise _between("begins", span.start, span, text, places)
        if span.end not in last:
            raise _between("ends", span.end, span, text, places)
    of_words = [Span(first[it.start], last[it.end] + 1, it.label) for it in spans]
    return tuple(write_tags(of_words, len(places), SCHEME))


def _require_place(span: TextSpan, text: str) -> None:
    if span.start >= span.end:
        raise _fault("a span is empty, or ends before it begins", span)
    if span.start < 0 or span.end > len(text):
        raise _fault("a span is not in the text", f"{span}; the text has {len(text)} code points")
    found = text[span.start : span.end]
    if span.text is not None and span.text != found:
        told = f"{span} is {found[:SHOWN]!r}, not {span.text[:SHOWN]!r}"
        raise _fault("a span's own text is not what stands there (places are code points)", told)


def _between(what: str, at: int, span: TextSpan, text: str, places: Places) -> ValueError:
    """The fault of an edge that is no word's."""
    told = f"{span}, {text[span.start : span.end][:SHOWN]!r}"
    word = next((text[start:end] for start, end in places if start < at < end), None)
    if word is None:
        return _fault(f"a span {what} with what is part of no word, such as a space", told)
    return _fault(f"a span {what} inside a word", f"{told}, in {word[:SHOWN]!r}")


def _fault(reason: str, found: Any) -> ValueError:
    """What is wrong, in words that all such rows share; the note says where it is in this one."""
    error = ValueError(reason)
    error.add_note(f"{found}"[: 4 * SHOWN])
    return error
