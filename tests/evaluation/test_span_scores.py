"""What became of every span: worked by hand, and counts that must add up."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.formats.span_tags import tag_names
from pipeline.evaluation.span_scores import ERRORS, FOUND, fates, span_counts, span_f1

NAMES = tag_names(("A", "B"), "bio")


def of(gold, answered):
    found = fates(gold.split(), answered.split(), np.zeros(len(gold.split()), np.int64), NAMES)
    return [it.what for it in found]


def test_every_kind_of_error_by_hand():
    assert of("B-A I-A O", "B-A I-A O") == ["found"]
    assert of("B-A I-A O", "B-B I-B O") == ["type"]
    assert of("B-A I-A O", "B-A O O") == ["boundary"]
    assert of("B-A I-A O", "O B-B I-B") == ["boundary_and_type"]
    assert of("B-A I-A O", "O O O") == ["missing"]
    assert of("O O O", "B-A I-A O") == ["spurious"]


def test_the_closest_belong_together_and_none_counts_twice():
    # The second half is found; the first half overlaps nothing that is left.
    assert sorted(of("B-A B-A", "O B-A")) == ["found", "missing"]
    # One long span answered for two: the first is off by a boundary, the second is missing.
    assert sorted(of("B-A B-A", "B-A I-A")) == ["boundary", "missing"]
    # Of a span with the same kind and one without, both overlapping, the same kind is preferred.
    assert sorted(of("B-A I-A I-A", "B-B B-A O")) == ["boundary", "spurious"]


TAGS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=12)


@given(TAGS, st.integers(1, 4))
def test_each_span_has_one_fate(pairs, sentences):
    gold, answered = zip(*pairs, strict=True)
    sentence = np.sort(np.arange(len(pairs)) % sentences)
    found = fates(gold, answered, sentence, NAMES)
    counts = Counter(it.what for it in found)
    hits, right, given_ = span_counts(found, dict.fromkeys(range(sentences), 0), 1)[0]
    assert {*counts} <= {FOUND, *ERRORS}
    assert hits == counts[FOUND]
    both = hits + counts["type"] + counts["boundary"] + counts["boundary_and_type"]
    assert (right, given_) == (both + counts["missing"], both + counts["spurious"])
    of_gold = [(it.sentence, it.gold) for it in found if it.gold]
    assert len({*of_gold}) == len(of_gold) == right


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    # 3 found of 4 that there are and 6 answered: precision 1/2, recall 3/4.
    assert span_f1(np.array([3.0, 4.0, 6.0])) == 2 * 0.5 * 0.75 / (0.5 + 0.75)
