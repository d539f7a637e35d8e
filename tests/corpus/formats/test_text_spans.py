"""Spans by their places in a text: tags of words lose nothing of them, and nothing is mended."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.scheme import IOB2, Entities

from pipeline.corpus.formats.text_spans import spans_of, tags_of
from pipeline.corpus.formats.words import places_of_words

TEXT = "Zoë O'Neil met 👩‍👩‍👧 in New York."
PIECES = [
    "cat", "Ann's", "don't", "U.S.", "10:30", "…", "--", "$5", ",", "👩\u200d👩\u200d👧", "👍🏽",
    "🇳🇴", "e\u0301te\u0301", "ñ", "שלום", "محمد", "\u200f", "李小龙", "ไปโรงเรียน", " ", "  ", "\n",
    "\t", "\u00a0",
]  # fmt: skip
"""Emoji of several code points, marks, three directions of writing, scripts without spaces."""


@st.composite
def marked(draw):
    """A text, where its words stand, and spans of them that do not overlap."""
    pieces = draw(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12))
    text = "".join([*pieces, " end"]).encode("utf-8", "replace").decode()
    places = places_of_words(text)
    spans, at = [], 0
    while at < len(places):
        last = at + draw(st.integers(-2, 3))
        if at <= last < len(places):
            label = draw(st.sampled_from(["PER", "B-x y", "人"]))
            spans.append((places[at][0], places[last][1], label))
        at = max(at, last) + 1
    return text, places, spans


@settings(max_examples=60)
@given(marked())
def test_places_become_tags_from_which_another_hand_reads_the_same_places(found):
    text, places, spans = found
    listed = spans_of([list(span) for span in reversed(spans)])
    tags = tags_of(listed, text, places)
    theirs = Entities([list(tags)], IOB2).entities[0]
    again = [(places[it.start][0], places[it.end - 1][1], it.tag) for it in theirs]
    assert again == spans
    assert [text[a:b] for a, b, _ in again] == [text[it.start : it.end] for it in listed]


@pytest.mark.parametrize(
    "cell",
    [
        [{"start": 0, "end": 10, "label": "PER", "token_start": 0, "id": 7}],  # Prodigy, spaCy
        [[0, 10, "PER"]],  # doccano
        [{"id": 1, "label": "PER", "start_offset": 0, "end_offset": 10}],  # doccano too
        [{"start": 0, "end": 10, "text": "Zoë O'Neil", "labels": ["PER"]}],  # Label Studio
        '[{"start": 0, "end": 10, "label": "PER"}]',  # a cell of CSV
    ],
)
def test_every_form_of_the_tools_says_the_same(cell):
    (one,) = spans_of(cell)
    assert (one.start, one.end, one.label) == (0, 10, "PER")
    assert tags_of([one], TEXT, places_of_words(TEXT))[:3] == ("B-PER", "I-PER", "O")


def span(start, end, label="PER", **more):
    return {"start": start, "end": end, "label": label} | more


@pytest.mark.parametrize(
    ("cell", "reason", "found"),
    [
        ([span(0, 3), span(4, 9)], "ends inside a word", "4 to 9 (PER), \"O'Nei\", in \"O'Neil\""),
        ([span(1, 3)], "begins inside a word", "'oë', in 'Zoë'"),
        ([span(0, 11)], "ends with what is part of no word", ""),
        ([span(3, 10)], "begins with what is part of no word", "\" O'Neil\""),
        ([span(15, 18)], "ends inside a word", r"in '👩\u200d👩\u200d👧'"),
        ([span(0, 10), span(4, 14, "X")], "overlaps another", "0 to 10 (PER) and 4 to 14 (X)"),
        ([span(0, 3), span(0, 3)], "overlaps another", ""),
        ([span(24, 99)], "not in the text", f"24 to 99 (PER); the text has {len(TEXT)} code"),
        ([span(-3, 3)], "not in the text", ""),
        ([span(3, 3)], "is empty", "3 to 3"),
        ([span(3, 0)], "is empty, or ends before it begins", ""),
        ([span(23, 31, text="New York")], "own text is not what stands there", "not 'New York'"),
        ([span(0, 3, None)], "has no label", ""),
        ([span(0, 3, " ")], "has no label", ""),
        ([{"start": 0, "end": 3}], "has no label", "{'start': 0, 'end': 3}"),
        ([{"start": 0, "end": 3, "labels": ["A", "B"]}], "several labels", ""),
        ([span(0, 3, 5)], "label is no text", ""),
        ([span(0, 3, "\ud800")], "half a sign", ""),
        ([span(0.0, 3)], "start is no whole number", ""),
        ([span(0, True)], "end is no whole number", ""),
        ([[0, 3]], "neither an object nor a list", "[0, 3]"),
        ("Zoë", "no span list", "Zoë"),
        ("[{", "no JSON", ""),
        (None, "there is no span list", ""),
    ],
)  # fmt: skip
def test_what_tags_cannot_say_is_refused_and_not_mended(cell, reason, found):
    with pytest.raises(ValueError, match=reason) as caught:
        tags_of(spans_of(cell), TEXT, places_of_words(TEXT))
    assert found in "".join(getattr(caught.value, "__notes__", [])), caught.value.__notes__


def test_places_are_code_points_and_not_units_of_utf_16():
    places, at = places_of_words(f"{TEXT} So."), TEXT.index("New")
    tags = tags_of(spans_of([span(at, at + 8, text="New York")]), f"{TEXT} So.", places)
    assert tags[-5:] == ("B-PER", "I-PER", "O", "O", "O")
    in_utf_16 = len(TEXT[:at].encode("utf-16-le")) // 2
    assert in_utf_16 == at + 3
    with pytest.raises(ValueError, match="places are code points"):
        tags_of(spans_of([span(in_utf_16, in_utf_16 + 8, text="New York")]), f"{TEXT} So.", places)


def test_no_spans_are_a_list_of_none():
    assert {*tags_of(spans_of(json.loads("[]")), TEXT, places_of_words(TEXT))} == {"O"}
