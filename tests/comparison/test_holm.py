import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from pipeline.comparison.holm import holm


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_it_is_what_statsmodels_makes_of_them(count):
    p_values = np.random.default_rng(count).random(count) ** 3
    assert holm(list(p_values)) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_by_hand():
    """0.01 x 3, then the larger of 0.03 and 0.02 x 2, then the larger of that and 0.03 x 1."""
    assert holm([0.02, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])


def test_the_same_p_twice_is_the_same_twice():
    assert holm([0.02, 0.02]) == pytest.approx([0.04, 0.04])


def test_none_is_above_one_and_nothing_is_nothing():
    assert holm([0.6, 0.9]) == pytest.approx([1, 1])
    assert holm([]) == []
