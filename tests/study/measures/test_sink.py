"""A planted sink has all of the weight that can be counted; an even look, its share."""

import math

import planted
import pytest
from heads_measured import grids, watched

from pipeline.study.measures.sink import MEASURE

SENTENCES = ([3, 4, 3, 5, 3], [4, 5], [3, 5, 4, 4, 5, 3, 4, 5], [1])
LENGTHS = [len(sentence) for sentence in SENTENCES if len(sentence) > 1]


def sinks(*batches, is_causal=False):
    network = planted.planted_network()
    network.is_causal = is_causal
    return grids(watched(MEASURE, network, *batches))["sink"][0]


def test_the_head_that_looks_at_the_first_token_is_a_sink():
    assert sinks(SENTENCES)[planted.FIRST] == 1
    assert sinks(SENTENCES, is_causal=True)[planted.FIRST] == 1


def test_an_even_look_gives_the_first_token_one_part_in_all_that_are_seen():
    found = sinks(SENTENCES)
    assert found[planted.UNIFORM] == pytest.approx(len(LENGTHS) / sum(LENGTHS))
    seen = [i + 1 for n in LENGTHS for i in range(1, n)]
    even = sum(1 / keys for keys in seen) / len(seen)
    causal = sinks(SENTENCES, is_causal=True)
    assert causal[planted.UNIFORM] == pytest.approx(even)


def test_of_the_previous_token_s_head_the_first_two_tokens_look_there():
    assert sinks(SENTENCES)[planted.PREVIOUS] == pytest.approx(2 * len(LENGTHS) / sum(LENGTHS))
    # Looking back alone, the first token has no choice and is not counted.
    back = len(LENGTHS) / sum(n - 1 for n in LENGTHS)
    assert sinks(SENTENCES, is_causal=True)[planted.PREVIOUS] == pytest.approx(back)


def test_a_token_that_sees_itself_alone_is_not_counted():
    assert all(math.isnan(one) for one in sinks([[1]]))
    assert sinks([[4, 5], [1]]) == pytest.approx(sinks([[4, 5]]), nan_ok=True)


def test_padding_and_the_cut_into_batches_change_nothing():
    alone = sinks(*[[sentence] for sentence in SENTENCES if len(sentence) > 1])
    assert alone == pytest.approx(sinks(SENTENCES))
