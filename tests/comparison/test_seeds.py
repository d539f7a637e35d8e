import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from pipeline.comparison.seeds import (
    ENOUGH,
    compare_groups,
    hedges_g,
    improvement,
    interquartile_mean,
    permuted_p,
    seeds_needed,
    summarise,
)

LEVEL = 0.95
FOUR_HEADS = np.array([0.941, 0.944, 0.943, 0.946, 0.942])
ONE_HEAD = np.array([0.936, 0.939, 0.941, 0.935, 0.938])


def test_the_interquartile_mean_by_hand():
    """Of eight, the two lowest and the two highest are left out; of five, one each."""
    assert interquartile_mean(np.array([9.0, 1, 2, 3, 4, 5, 6, -50])) == pytest.approx(3.5)
    assert interquartile_mean(np.array([1.0, 2, 3, 4, 99])) == pytest.approx(3)


def test_the_chance_of_improvement_by_hand():
    """Of the six pairs of (3, 5) and (1, 3, 4): 3 > 1, 5 > all, 3 = 3: 4 and a half."""
    assert improvement(np.array([3.0, 5]), np.array([1.0, 3, 4])) == pytest.approx(4.5 / 6)


def test_the_chance_of_improvement_is_the_u_of_mann_and_whitney():
    u = stats.mannwhitneyu(FOUR_HEADS, ONE_HEAD).statistic
    assert improvement(FOUR_HEADS, ONE_HEAD) == pytest.approx(u / 25)


def test_where_lower_is_better_the_lower_group_improves():
    higher = compare_groups(FOUR_HEADS, ONE_HEAD, True, LEVEL)
    lower = compare_groups(FOUR_HEADS, ONE_HEAD, False, LEVEL)
    assert higher.improvement == pytest.approx(1 - lower.improvement)
    assert higher.improvement > 0.9
    assert higher.difference == lower.difference


@pytest.mark.parametrize("sizes", [(5, 5), (3, 6), (12, 14)])
def test_p_is_scipys_permutation_test(sizes):
    generator = np.random.default_rng(1)
    ours, theirs = generator.normal(0.6, 1, sizes[0]), generator.normal(0, 1, sizes[1])
    expected = stats.permutation_test(
        (ours, theirs), lambda a, b, axis: np.abs(a.mean(axis=axis) - b.mean(axis=axis)),
        alternative="greater", vectorized=True, rng=np.random.default_rng(2),
        n_resamples=20_000 if sum(sizes) > 20 else np.inf,
    ).pvalue  # fmt: skip
    is_exact = math.comb(sum(sizes), sizes[0]) <= 10_000
    assert permuted_p(ours, theirs) == pytest.approx(expected, abs=1e-9 if is_exact else 0.02)


@pytest.mark.parametrize("draw", [np.random.Generator.normal, np.random.Generator.exponential])
def test_without_a_difference_one_comparison_in_twenty_finds_one(draw):
    generator = np.random.default_rng(3)
    found = [permuted_p(*draw(generator, size=(2, 5))) for _ in range(1000)]
    share, error = np.mean(np.array(found) < 0.05), np.sqrt(0.05 * 0.95 / 1000)
    assert share == pytest.approx(12 / 252, abs=3 * error)  # 5 against 5 have 252 ways, in pairs


@pytest.mark.parametrize("runs", [2, 4, 5, 10])
def test_intervals_cover_the_truth_as_often_as_they_say(runs):
    generator = np.random.default_rng(runs)
    covered = []
    for _ in range(200):
        found = compare_groups(*generator.normal(size=(2, runs)), True, LEVEL)
        intervals = [found.difference, found.interquartile]
        ends = [(one.low, one.high) for one in intervals]
        truth = [0.0, 0.0]
        if runs >= ENOUGH:
            ends, truth = [*ends, found.improvement_interval], [*truth, 0.5]
        covered.append([low <= at <= high for at, (low, high) in zip(truth, ends, strict=True)])
    shares = np.mean(covered, axis=0)
    assert (shares > LEVEL - 3 * np.sqrt(0.95 * 0.05 / 200)).all(), shares


def test_one_group_by_itself_has_an_interval_that_covers():
    generator = np.random.default_rng(11)
    found = [summarise(generator.normal(size=5), LEVEL) for _ in range(200)]
    covered = [one.mean.low <= 0 <= one.mean.high for one in found]
    assert np.mean(covered) > LEVEL - 3 * np.sqrt(0.95 * 0.05 / 200)
    assert np.mean([one.deviation for one in found]) == pytest.approx(0.94, abs=0.05)  # c4(5)


def test_many_runs_have_scipys_bootstrap():
    generator = np.random.default_rng(4)
    ours, theirs = generator.exponential(size=(2, 60))
    expected = stats.bootstrap(
        (ours, theirs), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis), vectorized=True,
        n_resamples=20_000, method="percentile", rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    found = compare_groups(ours, theirs, True, LEVEL).difference
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.05 * width)
    assert found.high == pytest.approx(expected.high, abs=0.05 * width)


def test_the_effect_is_hedges_g_by_hand():
    """Means 3 apart, variances 1 and 1: d = 3, times 1 - 3 / (4 x 4 - 1)."""
    assert hedges_g(np.array([4.0, 5, 6]), np.array([1.0, 2, 3])) == pytest.approx(3 * 12 / 15)


@pytest.mark.parametrize("apart", [0.5, 1.0, 1.5])
def test_as_many_seeds_are_needed_as_statsmodels_says(apart):
    ours, theirs = np.array([-1.0, 1]) + apart * math.sqrt(2), np.array([-1.0, 1])
    expected = TTestIndPower().solve_power(effect_size=apart, alpha=0.05, power=0.8)
    assert seeds_needed(ours, theirs, 0.05) == math.ceil(expected)


def test_no_fewer_seeds_are_said_to_be_enough_than_the_test_can_tell_apart():
    """3 against 3 have 20 ways: p is 0.1 at least; 4 against 4 have 70."""
    ours, theirs = np.array([100.0, 101]), np.array([0.0, 1])
    assert seeds_needed(ours, theirs, 0.05) == 4
    assert seeds_needed(ours, theirs, 0.01) == 5


def test_no_number_of_seeds_is_named_for_no_difference():
    same = np.array([1.0, 2])
    assert seeds_needed(same, same, 0.05) is None
    assert seeds_needed(same + 1e-6, same, 0.05) is None


def test_a_single_run_says_nothing_of_other_seeds():
    with pytest.raises(ValueError, match="expected 2 runs"):
        compare_groups(FOUR_HEADS[:1], ONE_HEAD, True, LEVEL)
    alone = summarise(FOUR_HEADS[:1], LEVEL)
    assert (alone.mean.low, alone.mean.high) == (0.941, 0.941)
    assert math.isnan(alone.deviation)


def test_the_same_scores_give_the_same_answer():
    assert compare_groups(FOUR_HEADS, ONE_HEAD, True, LEVEL) == compare_groups(
        FOUR_HEADS, ONE_HEAD, True, LEVEL
    )


def test_runs_that_are_all_alike_differ_by_exactly_that():
    found = compare_groups(np.full(5, 0.9), np.full(5, 0.8), True, LEVEL)
    assert found.difference.low == pytest.approx(0.1)
    assert found.difference.high == pytest.approx(0.1)
    assert math.isnan(found.effect)
    assert found.p == pytest.approx(2 / 252)
