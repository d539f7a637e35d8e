import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from pipeline.evaluation.scores import (
    bootstrap_label_f1,
    bootstrap_macro_f1,
    class_scores,
    confusion_matrix,
    label_scores,
)
from pipeline.resampling import Resampling

CLASSES = 5
FEW = Resampling(samples=2, level=0.95, seed=0)
LABELS = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60
)


def _arrays(pairs):
    gold, predicted = np.array(pairs).T
    return gold, predicted


@given(LABELS)
def test_the_confusion_is_scikit_learns(pairs):
    gold, predicted = _arrays(pairs)
    ours = confusion_matrix(gold, predicted, CLASSES)
    theirs = reference.confusion_matrix(gold, predicted, labels=range(CLASSES))
    np.testing.assert_array_equal(ours, theirs)


@given(LABELS)
def test_class_scores_are_scikit_learns(pairs):
    gold, predicted = _arrays(pairs)
    found = class_scores(confusion_matrix(gold, predicted, CLASSES))
    theirs = reference.precision_recall_fscore_support(
        gold, predicted, labels=range(CLASSES), zero_division=0
    )
    for ours, their in zip(
        (found.precision, found.recall, found.f1, found.support), theirs, strict=True
    ):
        np.testing.assert_allclose(ours, their, atol=1e-12)


@given(LABELS)
def test_macro_f1_is_scikit_learns_over_the_classes_that_occur(pairs):
    gold, predicted = _arrays(pairs)
    theirs = reference.f1_score(
        gold, predicted, labels=np.unique(gold), average="macro", zero_division=0
    )
    ours = bootstrap_macro_f1(gold, predicted, np.arange(len(gold)), CLASSES, FEW)
    assert ours.value == pytest.approx(theirs, abs=1e-12)


@given(st.lists(st.tuples(*[st.booleans()] * 6), min_size=1, max_size=40))
def test_scores_of_labels_of_which_several_hold_are_scikit_learns(rows):
    gold, predicted = np.array(rows)[:, :3], np.array(rows)[:, 3:]
    sentence, label = np.indices(gold.shape)
    found = label_scores(gold.ravel(), predicted.ravel(), label.ravel(), 3)
    theirs = reference.precision_recall_fscore_support(gold, predicted, zero_division=0)
    for ours, their in zip(
        (found.precision, found.recall, found.f1, found.support), theirs, strict=True
    ):
        np.testing.assert_allclose(ours, their, atol=1e-12)
    occurs = np.flatnonzero(gold.any(axis=0))
    if len(occurs):
        macro = reference.f1_score(gold, predicted, labels=occurs, average="macro", zero_division=0)
        flat = (gold.ravel(), predicted.ravel(), label.ravel(), sentence.ravel())
        assert bootstrap_label_f1(*flat, 3, FEW).value == pytest.approx(macro, abs=1e-12)


def test_a_class_that_is_only_predicted_has_no_f1_of_its_own():
    # Class 0: tp 1, support 2, predicted 1: F1 2/3. Class 1 is never right: not averaged.
    found = bootstrap_macro_f1(np.array([0, 0]), np.array([0, 1]), np.array([0, 1]), 2, FEW)
    assert found.value == pytest.approx(2 / 3)


def test_a_class_number_out_of_range_is_refused():
    with pytest.raises(ValueError, match="predicted classes must lie in 0 to 1, got 0 to 2"):
        confusion_matrix(np.array([0, 1]), np.array([0, 2]), 2)
