import math

import numpy as np
import planted
import pytest
import scipy.stats
import torch

from pipeline.study.rows import Patterns, entropy

SENTENCES = ([3, 4, 3, 5, 3], [4, 5], [3, 5, 4, 4, 5, 3, 4, 5], [1])


def measured(*batches, texts=None):
    network, found = planted.planted_network(), Patterns()
    for sentences in batches:
        batch = planted.planted_batch(*sentences)

        def act(work, batch=batch):
            words = batch.input_ids if texts is None else torch.tensor(texts)
            found.add(work.layer, work.weights, batch.input_ids, words, work.visibility)

        with torch.inference_mode():
            network(batch, act=act)
    return {name: values[0] for name, values in found.result().items()}


@pytest.fixture(scope="module")
def found():
    return measured(SENTENCES)


LENGTHS = [len(sentence) for sentence in SENTENCES]
N_TOKENS = sum(LENGTHS)


def test_the_previous_token_head_is_found_out(found):
    head = planted.PREVIOUS
    assert found["previous"][head] == 1
    assert found["entropy"][head] == 0
    assert found["confidence"][head] == 1
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
    assert found["confidence"][head] == pytest.approx(len(LENGTHS) / N_TOKENS)  # 1 / n, n times
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
    np.testing.assert_allclose(entropy(weights).numpy(), expected, rtol=1e-5)
