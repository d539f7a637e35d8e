import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

from pipeline.evaluation.baselines import majority_label, most_frequent_label

NOUN, VERB, DET = 0, 1, 2


def test_each_word_gets_its_own_most_frequent_label():
    forms = ["run", "run", "run", "the", "the", "Run"]
    baseline = most_frequent_label(forms, np.array([VERB, NOUN, VERB, DET, DET, NOUN]))
    np.testing.assert_array_equal(baseline.predict(["run", "the", "Run"]), [VERB, DET, NOUN])


def test_an_unknown_word_gets_the_label_of_words_seen_once():
    # DET is the majority, but words that occur once are nouns, and unknown words are like them.
    forms = ["the"] * 5 + ["cat", "mat", "sat"]
    baseline = most_frequent_label(forms, np.array([DET] * 5 + [NOUN, NOUN, VERB]))
    np.testing.assert_array_equal(baseline.predict(["dog"]), [NOUN])


def test_without_words_seen_once_an_unknown_word_gets_the_majority():
    baseline = most_frequent_label(["a", "a", "go", "go", "a"], np.array([2, 2, 1, 1, 2]))
    assert baseline.unknown == DET


def test_of_equally_frequent_labels_the_first_wins():
    baseline = most_frequent_label(["run", "run"], np.array([VERB, NOUN]))
    np.testing.assert_array_equal(baseline.predict(["run"]), [NOUN])
    assert majority_label(np.array([VERB, DET, DET, VERB])) == VERB


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_majority_is_scikit_learns_most_frequent(labels):
    dummy = DummyClassifier(strategy="most_frequent").fit(np.zeros((len(labels), 1)), labels)
    assert majority_label(np.array(labels)) == dummy.predict([[0]])[0]


def test_no_labels_have_no_majority():
    with pytest.raises(ValueError, match="at least one label"):
        majority_label(np.array([], dtype=np.int64))
