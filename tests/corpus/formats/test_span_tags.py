"""Spans and tags: nothing is lost, and malformed tags are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.scheme import IOB1, IOB2, IOBES, Entities

from pipeline.corpus.formats.span_tags import (
    Span,
    first_fault,
    read_tags,
    tag_names,
    write_tags,
)

KINDS = ("LOC", "PER-name")
THEIRS = {"bio": IOB2, "iobes": IOBES, "iob1": IOB1}


@st.composite
def sentences(draw):
    """How many words, and spans of them that do not overlap."""
    length = draw(st.integers(1, 9))
    spans, at = [], 0
    while at < length:
        if draw(st.booleans()):
            end = draw(st.integers(at + 1, length))
            spans.append(Span(at, end, draw(st.sampled_from(KINDS))))
            at = end
        else:
            at += 1
    return length, spans


def written_in_iob1(spans, length):
    """B- only where a span of the same kind ends just before, as CoNLL-2003 has it."""
    tags = ["O"] * length
    for span in spans:
        tags[span.start : span.end] = [f"I-{span.kind}"] * (span.end - span.start)
        if any(it.end == span.start and it.kind == span.kind for it in spans):
            tags[span.start] = f"B-{span.kind}"
    return tags


@pytest.mark.parametrize("scheme", ["bio", "iobes"])
@given(sentences())
def test_spans_become_tags_and_the_same_spans_again(scheme, sentence):
    length, spans = sentence
    tags = write_tags(spans, length, scheme)
    assert len(tags) == length
    assert {*tags} <= {*tag_names(KINDS, scheme)}
    assert read_tags(tags, scheme) == spans
    assert first_fault(tags, scheme) is None


@given(sentences())
def test_spans_of_iob1_are_read_whether_b_is_needed_or_not(sentence):
    length, spans = sentence
    assert read_tags(written_in_iob1(spans, length), "iob1") == spans
    assert read_tags(write_tags(spans, length, "bio"), "iob1") == spans


@pytest.mark.parametrize("scheme", ["bio", "iobes"])
@given(data=st.data())
def test_of_any_tags_the_spans_are_those_of_seqeval_s_strict_mode(scheme, data):
    tags = data.draw(st.lists(st.sampled_from(tag_names(KINDS, scheme)), min_size=1, max_size=9))
    found = [(it.start, it.end, it.kind) for it in read_tags(tags, scheme)]
    theirs = Entities([tags], THEIRS[scheme]).entities[0]
    assert found == [(it.start, it.end, it.tag) for it in theirs]
    is_whole = write_tags(read_tags(tags, scheme), len(tags), scheme) == tags
    assert (first_fault(tags, scheme) is None) == is_whole


@pytest.mark.parametrize(
    ("scheme", "tags", "place"),
    [
        ("bio", "O I-LOC", 1),
        ("bio", "B-LOC I-PER", 1),
        ("bio", "B-LOC E-LOC", 1),
        ("bio", "O B-", 1),
        ("bio", "O X", 1),
        ("iobes", "O B-LOC O", 1),
        ("iobes", "S-LOC E-LOC", 1),
        ("iob1", "I-LOC S-LOC", 1),
        ("iob1", "I-LOC B-LOC B-PER", None),
    ],
)
def test_the_first_tag_that_cannot_stand_where_it_stands_is_named(scheme, tags, place):
    assert first_fault(tags.split(), scheme) == place
