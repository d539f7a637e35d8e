"""Figures of whole spans, held against seqeval's strict mode; baselines worked by hand."""

import numpy as np
import pytest
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2, IOBES

from pipeline.corpus.formats.span_tags import Span, tag_names, write_tags
from pipeline.evaluation.by_objective.spans import SPANS
from pipeline.evaluation.held_out import Sentences
from pipeline.evaluation.measuring import Measurable
from pipeline.evaluation.predictions import Predictions
from pipeline.resampling import Resampling
from pipeline.tokens.store import TokenStore

NONE = np.zeros(0, np.int64)
NO_TOKENS = TokenStore(np.zeros(1, np.int64), NONE, NONE[:, None], NONE, NONE.astype(bool))


def sentences(words, tags):
    lengths = np.array([len(one) for one in words])
    ids = [str(i) for i in range(len(words))]
    flat = [[it for one in every for it in one] for every in (words, tags)]
    return Sentences(ids, [""] * len(words), lengths, *flat, [""] * len(words))


def measurable(names, words, gold, answered, train=((["Rome"],), (["B-LOC"],))):
    held = sentences(words, gold)
    number = {name: i for i, name in enumerate(names)}
    predicted = np.array([number[tag] for one in answered for tag in one])
    right = np.array([number[tag] for tag in held.answers])
    n = len(right)
    word = np.concatenate([np.arange(length) for length in held.lengths])
    p = Predictions(
        np.repeat(np.arange(len(words)), held.lengths), word, word, right, predicted,
        np.full(n, 0.9), np.full(n, 0.1), names,
    )  # fmt: skip
    resampling = Resampling(samples=50, level=0.95, seed=0)
    return Measurable(
        p, held.forms, held, NO_TOKENS, sentences(*train), NO_TOKENS, None, (3,), 5, resampling
    )


def drawn(scheme, n=60, seed=0):
    """Legal tags, and answers that are often the same and else any tag at all."""
    rng = np.random.default_rng(seed)
    names = tag_names(("LOC", "ORG", "PER"), scheme)
    words, gold, answered = [], [], []
    for _ in range(n):
        length, spans, at = int(rng.integers(1, 9)), [], 0
        while at < length:
            size = int(rng.integers(1, 4))
            if rng.random() < 0.4 and at + size <= length:
                spans.append(Span(at, at + size, str(rng.choice(["LOC", "ORG", "PER"]))))
            at += size
        tags = write_tags(spans, length, scheme)
        gold.append(tags)
        answered.append([tag if rng.random() < 0.8 else str(rng.choice(names)) for tag in tags])
        words.append([str(rng.choice(["a", "Rome", "Bo"])) for _ in range(length)])
    return names, words, gold, answered


@pytest.mark.parametrize(("scheme", "theirs"), [("bio", IOB2), ("iobes", IOBES)])
def test_precision_recall_and_f1_are_seqeval_s_in_strict_mode(scheme, theirs):
    names, words, gold, answered = drawn(scheme)
    found = SPANS.measure(measurable(names, words, gold, answered))
    for average, told in (
        ("micro", ("precision", "recall", "f1")),
        ("macro", (None, None, "macro_f1")),
    ):
        expected = precision_recall_fscore_support(gold, answered, average=average, scheme=theirs)
        for name, value in zip(told, expected, strict=False):
            if name:
                estimate = found.estimates[name]
                assert estimate.value == pytest.approx(value)
                assert estimate.low <= estimate.value <= estimate.high
    by_kind = precision_recall_fscore_support(gold, answered, average=None, scheme=theirs)
    assert found.by_class.names == ("LOC", "ORG", "PER")
    scores = found.by_class.scores
    ours = (scores.precision, scores.recall, scores.f1, scores.support)
    for one, other in zip(ours, by_kind, strict=True):
        np.testing.assert_allclose(one, other)
    right, given = found.counts["right_spans"], found.counts["answered_spans"]
    assert right == by_kind[3].sum()
    assert len(found.errors) == sum(
        count for name, count in found.counts.items() if name.endswith("_errors")
    )
    assert given > 0


def test_an_error_is_told_with_its_words():
    words = [["I", "saw", "New", "York", "today"]]
    names = tag_names(("LOC",), "bio")
    gold, answered = [["O", "O", "B-LOC", "I-LOC", "O"]], [["O", "O", "O", "B-LOC", "O"]]
    (error,) = SPANS.measure(measurable(names, words, gold, answered)).errors
    assert error == {
        "sentence_id": "0", "error": "boundary", "right_words": "3-4", "right_text": "New York",
        "right_kind": "LOC", "answered_words": "4-4", "answered_text": "York",
        "answered_kind": "LOC",
    }  # fmt: skip


def test_nothing_is_told_that_nothing_can_be_divided_by():
    names, words = tag_names(("LOC",), "bio"), [["a"], ["b", "c"]]
    nothing = [["O"], ["O", "O"]]
    found = SPANS.measure(measurable(names, words, nothing, nothing))
    assert [found.estimates[it] for it in ("f1", "precision", "recall", "macro_f1")] == [None] * 4
    assert SPANS.baselines(measurable(names, words, nothing, nothing)) == {}
    silent = SPANS.measure(measurable(names, words, [["B-LOC"], ["O", "O"]], nothing))
    assert silent.estimates["precision"] is None
    assert (silent.estimates["recall"].value, silent.estimates["f1"].value) == (0, 0)


def test_the_baseline_finds_the_longest_span_of_training_that_is_always_of_one_kind():
    names = tag_names(("LOC", "PER"), "bio")
    train = (
        (["New", "York"], ["York"], ["Paris"], ["Paris"], ["Bo"]),
        (["B-LOC", "I-LOC"], ["B-LOC"], ["B-LOC"], ["B-PER"], ["B-PER"]),
    )
    # New York is one span and not York; Paris was of two kinds; Bo is found where none is.
    words = [["New", "York", "Paris"], ["Bo", "York"]]
    gold = [["B-LOC", "I-LOC", "B-LOC"], ["O", "B-LOC"]]
    split = measurable(names, words, gold, gold, train)
    found = SPANS.baselines(split)
    assert found["known_spans"] == pytest.approx(2 * 2 / (3 + 3))
    # Of equally frequent tags the first in the list counts: B-LOC for York and for Paris.
    tags = [["B-LOC", "B-LOC", "B-LOC"], ["B-PER", "B-LOC"]]
    f1 = precision_recall_fscore_support(gold, tags, average="micro", scheme=IOB2)[2]
    assert found["most_frequent_tag_f1"] == pytest.approx(f1)
