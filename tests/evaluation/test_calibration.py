import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.calibration import reliability


def test_table_and_errors_of_five_answers_worked_by_hand():
    confidence = np.array([0.15, 0.25, 0.75, 0.85, 1.0])
    is_correct = np.array([True, False, True, False, True])
    found = reliability(confidence, is_correct, 2)
    np.testing.assert_allclose(found.low, [0, 0.5])
    np.testing.assert_allclose(found.high, [0.5, 1])
    np.testing.assert_array_equal(found.count, [2, 3])
    np.testing.assert_allclose(found.confidence, [0.2, 2.6 / 3])
    np.testing.assert_allclose(found.accuracy, [0.5, 2 / 3])
    # 2/5 x |0.5 - 0.2| + 3/5 x |2/3 - 2.6/3| = 0.12 + 0.12
    assert found.expected_error == pytest.approx(0.24)
    assert found.maximum_error == pytest.approx(0.3)


def test_an_edge_belongs_to_the_bin_below_and_empty_bins_are_left_out():
    found = reliability(np.array([0.0, 0.3, 0.9]), np.array([True, True, True]), 10)
    np.testing.assert_allclose(found.high, [0.1, 0.3, 0.9])
    np.testing.assert_array_equal(found.count, [1, 1, 1])


def test_a_model_that_is_as_right_as_sure_has_no_error():
    confidence = np.array([0.75] * 4 + [0.5] * 2)
    is_correct = np.array([True, True, True, False, True, False])
    assert reliability(confidence, is_correct, 10).expected_error == 0


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50),
    st.integers(1, 20),
)
def test_bins_hold_every_answer_and_their_average_is_the_accuracy(answers, bins):
    confidence, is_correct = (np.array(column) for column in zip(*answers, strict=True))
    found = reliability(confidence, is_correct, bins)
    assert found.count.sum() == len(answers)
    assert np.average(found.accuracy, weights=found.count) == pytest.approx(is_correct.mean())
    assert 0 <= found.expected_error <= found.maximum_error + 1e-12
    assert (
        (found.low <= found.confidence + 1e-12) & (found.confidence <= found.high + 1e-12)
    ).all()


@pytest.mark.parametrize("confidence", [-0.1, 1.1, np.nan])
def test_a_confidence_that_is_no_probability_is_refused(confidence):
    with pytest.raises(ValueError, match="must lie in"):
        reliability(np.array([0.5, confidence]), np.array([True, True]), 10)
