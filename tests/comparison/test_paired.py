import numpy as np
import pytest
from scipy import stats

from pipeline.comparison.chance import DRAWS
from pipeline.comparison.paired import compare_paired, randomised_p

LEVEL = 0.95


def mean(sums):
    return sums[..., 0] / sums[..., 1]


def units(values, positions=None):
    """Sums over the answers of each unit, and how many they are."""
    positions = np.ones(len(values)) if positions is None else positions
    return np.stack([values * positions, positions], axis=1)


def accuracies(generator, count):
    """Documents of 5 to 40 words, and which share of each is right."""
    words = generator.integers(5, 40, count)
    return generator.binomial(words, generator.beta(9, 1, count)) / words, words


@pytest.fixture(scope="module")
def two():
    generator = np.random.default_rng(0)
    values, words = accuracies(generator, 40)
    other = np.clip(values - generator.normal(0.01, 0.04, 40), 0, 1)
    return units(values, words), units(other, words)


def test_the_interval_is_scipys_paired_bootstrap(two):
    (found,) = compare_paired(two[0], [two[1]], mean, LEVEL)

    def difference(one, other, words, axis=-1):
        return ((one - other).sum(axis=axis)) / words.sum(axis=axis)

    theirs = stats.bootstrap(
        (two[0][:, 0], two[1][:, 0], two[0][:, 1]), difference, paired=True, vectorized=True,
        n_resamples=20_000, method="percentile", rng=np.random.default_rng(1),
    )  # fmt: skip
    low, high = theirs.confidence_interval
    assert found.difference.low == pytest.approx(low, abs=0.03 * (high - low))
    assert found.difference.high == pytest.approx(high, abs=0.03 * (high - low))
    value = difference(two[0][:, 0], two[1][:, 0], two[0][:, 1])
    assert found.difference.value == pytest.approx(value)


def test_p_is_scipys_permutation_test_of_pairs(two):
    (found,) = compare_paired(two[0], [two[1]], mean, LEVEL)
    theirs = stats.permutation_test(
        (two[0][:, 0], two[1][:, 0]), lambda a, b, axis: (a - b).sum(axis=axis),
        permutation_type="samples", vectorized=True, n_resamples=20_000,
        rng=np.random.default_rng(2),
    )  # fmt: skip
    error = np.sqrt(theirs.pvalue * (1 - theirs.pvalue) / DRAWS)
    assert found.p == pytest.approx(theirs.pvalue, abs=5 * error)
    assert 0.01 < found.p < 0.9


def test_p_is_exact_where_every_toss_can_be_counted():
    """Of the 8 ways to toss three coins only two are as far apart as three gains."""
    (p,) = randomised_p(units(np.array([3.0, 2, 1])), [units(np.zeros(3))], mean)
    assert p == pytest.approx(2 / 8, abs=5 * np.sqrt(0.25 * 0.75 / DRAWS))


def test_a_figure_that_is_no_mean_is_randomised_as_a_whole():
    """Of two documents that change places together or not, the ratio of sums says the same."""
    ours, theirs = np.array([[4.0, 8], [9, 3]]), np.array([[1.0, 8], [3, 3]])
    (p,) = randomised_p(ours, [theirs], lambda sums: sums[..., 0] / sums[..., 1] ** 2)
    assert p == pytest.approx(0.5, abs=0.03)


def test_the_effect_is_cohens_d_of_pairs():
    generator = np.random.default_rng(3)
    gap = generator.normal(0.3, 1, 200)
    (found,) = compare_paired(units(gap), [units(np.zeros(200))], mean, LEVEL)
    assert found.effect == pytest.approx(gap.mean() / gap.std(), rel=0.03)


def test_answers_that_are_the_same_differ_by_nothing():
    same = units(np.random.default_rng(4).random(30))
    (found,) = compare_paired(same, [same.copy()], mean, LEVEL)
    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert found.p == 1
    assert np.isnan(found.effect)


def test_each_of_several_is_compared_as_it_is_alone(two):
    together = compare_paired(two[0], [two[1], two[0], two[1]], mean, LEVEL)
    assert together[0] == together[2] == compare_paired(two[0], [two[1]], mean, LEVEL)[0]


def test_without_a_difference_one_comparison_in_twenty_finds_one():
    generator = np.random.default_rng(5)
    found = []
    for _ in range(1000):
        pair = generator.normal(size=(2, 16)) + generator.normal(size=16)
        found += randomised_p(units(pair[0]), [units(pair[1])], mean)
    error = np.sqrt(0.05 * 0.95 / 1000)
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=3 * error)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    gaps = 0.2 + np.random.default_rng(6).normal(size=(200, 120))
    found = compare_paired(units(np.zeros(120)), [units(-gap) for gap in gaps], mean, LEVEL)
    covered = [one.difference.low <= 0.2 <= one.difference.high for one in found]
    assert np.mean(covered) == pytest.approx(LEVEL, abs=3 * np.sqrt(0.95 * 0.05 / 200))
