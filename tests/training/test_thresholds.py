"""The probability above which a label holds: the best F1 that scikit-learn finds on the curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_curve

from pipeline.training.thresholds import best_threshold

SCORES = st.lists(
    st.tuples(st.sampled_from([0.05, 0.2, 0.45, 0.5, 0.55, 0.8, 0.99]), st.booleans()),
    min_size=1, max_size=15,
)  # fmt: skip


@given(SCORES)
def test_no_other_threshold_gives_a_better_f1(scores):
    p, holds = (np.array(column) for column in zip(*scores, strict=True))
    chosen = best_threshold(p, holds)
    if not holds.any():
        assert chosen == 0.5
        return
    precision, recall, _ = precision_recall_curve(holds, p)
    with np.errstate(invalid="ignore"):
        best = np.nanmax(2 * precision * recall / (precision + recall))
    assert f1_score(holds, p > chosen) == pytest.approx(best)
    assert 0 <= chosen < 1


def test_of_several_as_good_the_nearest_to_one_half_is_taken():
    holds = np.array([True, False])
    assert best_threshold(np.array([0.9, 0.2]), holds) == 0.5
    assert best_threshold(np.array([0.9, 0.7]), holds) == pytest.approx(0.8)
    assert best_threshold(np.array([0.3, 0.1]), holds) == pytest.approx(0.2)
