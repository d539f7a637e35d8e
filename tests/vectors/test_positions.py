import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vectors.positions import rotary_positions, rotate, sinusoidal_positions


def test_sinusoidal_positions_by_hand():
    found = sinusoidal_positions(3, 4)
    assert found[0].tolist() == [0, 1, 0, 1]
    expected = [math.sin(2), math.cos(2), math.sin(2 / 100), math.cos(2 / 100)]
    assert found[2].tolist() == pytest.approx(expected)


def test_an_odd_width_gets_its_last_sine():
    assert sinusoidal_positions(2, 3)[1].tolist() == pytest.approx(
        [math.sin(1), math.cos(1), math.sin(10_000 ** (-2 / 3))]
    )


def test_a_quarter_turn_by_hand():
    # Feature i is paired with i + d_head / 2; at angle a, (1, 0) becomes (cos a, sin a).
    rotation = rotary_positions(2, 4)
    turned = rotate(torch.tensor([1.0, 0, 0, 0]).expand(1, 1, 2, 4), rotation)
    assert turned[0, 0, 0].tolist() == [1, 0, 0, 0]
    assert turned[0, 0, 1].tolist() == pytest.approx([math.cos(1), 0, math.sin(1), 0])


@given(seed=st.integers(0, 1000), shift=st.integers(0, 50), apart=st.integers(0, 10))
def test_rotary_scores_depend_on_distance_alone(seed, shift, apart):
    generator = torch.Generator().manual_seed(seed)
    query, key = torch.randn(2, 1, 1, 1, 8, generator=generator, dtype=torch.float64).unbind()
    rotation = rotary_positions(64, 8)
    turned_query = rotate(query.expand(1, 1, 64, 8), rotation)
    turned_key = rotate(key.expand(1, 1, 64, 8), rotation)
    near_start = turned_query[0, 0, 0] @ turned_key[0, 0, apart]
    further_on = turned_query[0, 0, shift] @ turned_key[0, 0, shift + apart]
    torch.testing.assert_close(further_on, near_start, atol=1e-4, rtol=1e-4)


@given(seed=st.integers(0, 1000))
def test_turning_keeps_lengths(seed):
    heads = torch.randn(2, 3, 20, 8, generator=torch.Generator().manual_seed(seed))
    turned = rotate(heads, rotary_positions(20, 8))
    torch.testing.assert_close(turned.norm(dim=-1), heads.norm(dim=-1))
