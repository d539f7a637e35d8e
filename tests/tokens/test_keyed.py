import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.tokens.keyed import keyed_bits, keyed_seed, keyed_uniform

POSITIONS = np.arange(20_000)


def test_the_mixer_gives_splitmix64s_published_numbers():
    # Seed 1234567: the first numbers of the reference implementation (Vigna, splitmix64.c).
    from pipeline.tokens.keyed import _GOLDEN, _mix

    state = np.array([1234567], dtype=np.uint64) + np.arange(1, 4, dtype=np.uint64) * _GOLDEN
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert _mix(state).tolist() == expected


@given(st.integers(0, 2**32 - 1), st.permutations(range(50)))
def test_a_position_has_its_number_in_whatever_order_it_is_asked(seed, order):
    together = keyed_bits(np.arange(50), seed, "mask", 3)
    assert keyed_bits(np.array(order), seed, "mask", 3).tolist() == together[order].tolist()


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_numbers_are_uniform_and_neighbours_are_independent(seed):
    chance = keyed_uniform(POSITIONS, seed, "test")
    assert stats.kstest(chance, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(chance[:-1], chance[1:])[0, 1]) < 0.02


def test_seed_purpose_and_epoch_each_change_every_number():
    first = keyed_bits(POSITIONS, 1, "mask", 0)
    for other in ((2, "mask", 0), (1, "drop", 0), (1, "mask", 1)):
        assert not (keyed_bits(POSITIONS, *other) == first).any()


def test_seeds_fit_torch_and_differ():
    seeds = {keyed_seed(1, "dropout", epoch, batch) for epoch in range(20) for batch in range(50)}
    assert len(seeds) == 1000
    assert max(seeds) < 2**63
