"""How well heads are found again, where the truth is planted."""

import numpy as np
import pytest
import scipy.spatial.distance
import torch
from runs_of_heads import DIFFERENT, planted_run, random_run

from pipeline.comparison.atlas.stability import measure_stability, row_divergences


def test_the_same_heads_in_shuffled_places_are_found_again_without_an_error():
    orders = [np.random.default_rng(seed).permutation(DIFFERENT) for seed in range(5)]
    found = measure_stability([planted_run(order) for order in orders], 0.95)
    assert found.by_head == pytest.approx(np.ones((5, len(DIFFERENT))), abs=1e-6)
    assert (found.mean.value, found.mean.low, found.mean.high) == pytest.approx((1, 1, 1))
    assert found.p == 1 / 101


def test_random_heads_have_no_stability():
    found = measure_stability([random_run(seed) for seed in range(6)], 0.95)
    assert abs(found.mean.value) < 0.01
    assert found.p > 0.05
    assert np.isnan(np.diagonal(found.between)).all()


def test_one_head_that_all_runs_share_is_the_stable_one():
    runs = []
    for seed in range(5):
        run = random_run(seed)
        for sentence in run:
            sentence[0, seed % 4] = torch.eye(sentence.shape[-1]).roll(1, dims=-1)
        runs.append(run)
    found = measure_stability(runs, 0.95)
    for seed in range(5):
        assert found.by_head[seed].argmax() == seed % 4
        assert found.by_head[seed, seed % 4] == pytest.approx(1, abs=1e-6)
        others = np.delete(found.by_head[seed], seed % 4)
        # Rows of the shared head are dealt to their partners too, so chance does a little worse.
        assert np.abs(others).max() < 0.2
    assert found.p == 1 / 101


def test_a_rows_divergence_is_scipys():
    one, other = random_run(1), random_run(2)
    rows = row_divergences(one, other)
    assert rows.shape == (5 + 9 + 14, 8, 8)
    expected = [
        scipy.spatial.distance.jensenshannon(one[1][1, 2, query], other[1][0, 3, query]) ** 2
        for query in range(9)
    ]
    assert rows[5:14, 1 * 4 + 2, 0 * 4 + 3] == pytest.approx(np.array(expected), abs=1e-6)


def test_heads_that_are_all_alike_are_no_more_alike_than_chance():
    even = [torch.full((1, 3, n, n), 1 / n) for n in (4, 7)]
    found = measure_stability([even, even, even], 0.95)
    assert (found.by_head == 0).all()
    assert found.p == 1


def test_with_one_head_a_run_nothing_is_defined_however_alike_they_are():
    runs = [[one[:1] for one in random_run(seed, heads=1)] for seed in (0, 0, 1)]
    found = measure_stability(runs, 0.95)
    assert not found.is_defined
    assert found.by_head.shape == (3, 1)
    assert np.isnan([*found.by_head.ravel(), found.mean.value, found.mean.low, found.p]).all()


def test_two_runs_have_no_interval_and_one_no_stability():
    found = measure_stability([planted_run(DIFFERENT), planted_run(DIFFERENT[::-1])], 0.95)
    assert found.mean.value == pytest.approx(1)
    assert np.isnan(found.mean.low)
    with pytest.raises(ValueError, match="two runs at least, got 1"):
        measure_stability([planted_run(DIFFERENT)], 0.95)
    with pytest.raises(ValueError, match="as many heads"):
        measure_stability([planted_run(DIFFERENT), planted_run(DIFFERENT[:2])], 0.95)
