"""An interval's digits: as many as another seed would have written too."""

import numpy as np
import pytest
from scipy import stats

from pipeline.numbers import (
    bound_decimals,
    bound_error,
    digits,
    interval_text,
    signed,
    with_interval,
)


@pytest.mark.parametrize("draws", [1000, 4000])
def test_the_error_of_an_interval_s_ends_is_that_of_quantiles_of_so_many_draws(draws):
    # The statistic drawn anew 2,000 times with other seeds: by how much do the ends differ?
    drawn = np.random.default_rng(0).normal(0.9, 0.002, size=(2000, draws))
    ends = np.quantile(drawn, [0.025, 0.975], axis=1)
    exact = stats.norm(0.9, 0.002).interval(0.95)
    assert bound_error(*exact, draws) == pytest.approx(2 * ends.std(axis=1).mean(), rel=0.07)


def test_the_last_digit_written_is_off_by_one_at_most_in_19_of_20_seeds():
    for spread in (0.0005, 0.002, 0.0066, 0.02, 0.09):
        drawn = np.random.default_rng(1).normal(0.5, spread, size=(2000, 1000))
        exact = stats.norm(0.5, spread).interval(0.95)
        unit = 10.0 ** -bound_decimals(*exact, 1000)
        ends = np.quantile(drawn, [0.025, 0.975], axis=1)
        off = np.abs(np.round(ends / unit) - np.round(np.array(exact)[:, None] / unit))
        assert (off <= 1).mean() > 0.95


def test_more_draws_bear_more_digits_and_fewer_less():
    told = {draws: interval_text(0.1764, 0.2021, draws) for draws in (10, 1000, 10_000, None)}
    assert told == {
        10: "[0.2, 0.2]", 1000: "[0.18, 0.20]", 10_000: "[0.176, 0.202]", None: "[0.18, 0.20]"
    }  # fmt: skip
    assert interval_text(19.4, 21.6, 1000) == "[19.4, 21.6]"
    assert interval_text(-0.0002, 0.0001, 1000) == "[0.000, 0.000]"
    assert interval_text(0.5, 0.5, 1000) == "[0.500, 0.500]"


def test_a_number_shows_its_interval_where_it_has_one():
    assert with_interval(0.9434, 0.9391, 0.9466, 1000) == "0.943 [0.939, 0.947]"
    assert with_interval(0.9434, None, None, None) == "0.943"
    assert with_interval(float("nan"), None, None, None) == "nan"
    assert with_interval(None, None, None, None) == "-"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.004, "0.00"), (-0.004, "0.00"), (-0.0, "0.00"), (0.123, "0.12"), (-3.449, "-3.45"),
        (9.996, "10.0"), (12.34, "12.3"), (-99.96, "-100"), (400.2, "400"), (250_000, "2e+05"),
    ],
)  # fmt: skip
def test_three_digits_are_shown_and_no_zero_has_a_sign(value, text):
    assert digits(value) == text
    assert signed(value) == (text if text.startswith("-") else f"+{text}")
