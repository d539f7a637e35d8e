import math

import numpy as np
import planted
import pytest
import scipy.stats
import torch
from heads_measured import grids, material_of, seen_of

from pipeline.study import rows
from pipeline.study.measures import (
    distance,
    duplicate_mass,
    entropy,
    largest_weight,
    places,
    special_mass,
)
from pipeline.study.watching import look_through

SENTENCES = ([3, 4, 3, 5, 3], [4, 5], [3, 5, 4, 4, 5, 3, 4, 5], [1])


def measured(*batches, texts=None, causal=False):
    network, found = planted.planted_network(), {}
    network.is_causal = causal
    watches = [
        measure.MEASURE.start(material_of(network, *batches[0]))
        for measure in (largest_weight, distance, duplicate_mass, entropy, places, special_mass)
    ]
    for sentences in batches:
        seen = seen_of(*sentences, texts=texts)

        def look(work, seen=seen):
            for watch in watches:
                watch.add(work, seen)

        look_through(network, seen.batch, look)
    for watch in watches:
        found |= grids(watch.rows())
    return {name: values[0] for name, values in found.items()}


@pytest.fixture(scope="module")
def found():
    return measured(SENTENCES)


LENGTHS = [len(sentence) for sentence in SENTENCES]
N_TOKENS = sum(LENGTHS)


def test_the_previous_token_head_is_found_out(found):
    head = planted.PREVIOUS
    assert found["previous"][head] == 1
    assert found["entropy"][head] == 0
    assert found["largest_weight"][head] == 1
    assert found["next"][head] == 0
    # At the first token of the 4 sentences it looks at the token itself.
    assert found["self"][head] == pytest.approx(4 / N_TOKENS)
    assert found["distance"][head] == pytest.approx((N_TOKENS - 4) / N_TOKENS)
    assert all(found[name][head] == found[name][planted.TWIN] for name in found)


def test_the_uniform_head_is_found_out(found):
    head = planted.UNIFORM
    assert found["relative_entropy"][head] == pytest.approx(1)
    expected = sum(n * math.log(n) for n in LENGTHS) / N_TOKENS
    assert found["entropy"][head] == pytest.approx(expected)
    assert found["largest_weight"][head] == pytest.approx(len(LENGTHS) / N_TOKENS)  # 1 / n, n times
    assert found["first"][head] == pytest.approx(len(LENGTHS) / N_TOKENS)  # ties share
    apart = sum(abs(i - j) / n for n in LENGTHS for i in range(n) for j in range(n))
    assert found["distance"][head] == pytest.approx(apart / N_TOKENS)


def test_the_first_token_head_is_found_out(found):
    head = planted.FIRST
    assert found["first"][head] == 1
    assert found["entropy"][head] == 0
    expected = sum(n * (n - 1) / 2 for n in LENGTHS) / N_TOKENS
    assert found["distance"][head] == pytest.approx(expected)
    assert found["special_mass"][head] == pytest.approx(1 / N_TOKENS)  # <unk> is first once


def test_the_equal_token_head_is_found_out(found):
    # Of n equal tokens each gets 1 / n, so the others n - 1 of n: 3 of token 3; then 2, 3, 3.
    expected = (3 * 2 / 3 + 2 * 1 / 2 + 3 * 2 / 3 + 3 * 2 / 3) / (3 + 2 + 3 + 3)
    assert found["duplicate_mass"][planted.EQUAL] == pytest.approx(expected)


def test_two_unknown_words_are_the_same_only_where_their_texts_are():
    # Token 1 is <unk>, and the head looks evenly at all that are equal to it: 1 / 3 on each.
    unknown, (red, green) = [[1, 1, 1, 4]], (7, 8)
    of = [measured(unknown, texts=[texts])["duplicate_mass"][planted.EQUAL] for texts in (
        [red, red, red, 9], [red, green, red, 9],
    )]  # fmt: skip
    assert of == pytest.approx([2 / 3, 1 / 3])
    assert np.isnan(measured([[1, 1]], texts=[[red, green]])["duplicate_mass"]).all()


def test_the_next_token_head_is_found_out(found):
    assert found["next"][planted.DEAD] == 1
    # The last token of a sentence looks evenly at all of its n tokens.
    expected = sum(1 / n for n in LENGTHS if n > 1) / sum(n - 1 for n in LENGTHS)
    assert found["previous"][planted.DEAD] == pytest.approx(expected)


def test_padding_and_the_cut_into_batches_change_nothing(found):
    alone = measured(*[[sentence] for sentence in SENTENCES])
    for name, values in found.items():
        np.testing.assert_allclose(alone[name], values, rtol=1e-6, err_msg=name)


def test_a_measure_of_no_row_is_not_a_number():
    only = measured([[1]])
    assert np.isnan(only["previous"]).all()
    assert np.isnan(only["duplicate_mass"]).all()
    assert np.isnan(only["relative_entropy"]).all()
    assert (only["entropy"] == 0).all()


def test_entropy_is_that_of_scipy():
    weights = torch.rand(2, 3, 5, 5, generator=torch.Generator().manual_seed(0)).softmax(-1)
    expected = scipy.stats.entropy(weights.double().numpy(), axis=-1)
    np.testing.assert_allclose(rows.entropy(weights).numpy(), expected, rtol=1e-5)


def test_under_a_causal_mask_the_keys_that_count_are_those_that_can_be_seen():
    found = measured(SENTENCES, causal=True)
    head = planted.UNIFORM
    assert found["relative_entropy"][head] == pytest.approx(1)
    # The first token of each sentence sees itself alone, and is not counted.
    expected = [math.log(i + 1) for n in LENGTHS for i in range(1, n)]
    assert found["entropy"][head] == pytest.approx(np.mean(expected))
    assert found["self"][planted.PREVIOUS] == 0
    # No token can see the next one; each sees all that went before, and itself.
    assert np.isnan(found["next"]).all()
    assert found["previous"][planted.PREVIOUS] == 1
    # Of EQUAL's tokens only those that stood before count: 1, 2 of token 3; then as it comes.
    shares = [1 / 2, 2 / 3, 1 / 2, 1 / 2, 2 / 3, 1 / 2, 2 / 3]
    assert found["duplicate_mass"][planted.EQUAL] == pytest.approx(np.mean(shares))
