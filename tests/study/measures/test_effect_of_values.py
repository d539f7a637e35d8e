"""Effective and norm-weighted attention, which ask what the values make of the weights."""

from dataclasses import replace

import numpy as np
import planted
import pytest
import torch
from heads_measured import grids, watched

from pipeline.model.network import Network
from pipeline.study.measures import effective, norms
from pipeline.study.measures.effective import part_weights
from pipeline.study.measures.norms import norm_weights

SENTENCES = ([3, 4, 3, 5, 3], [4, 5], [3, 5, 4, 4, 5, 3, 4, 5], [1])


def works(network, *sentences):
    seen = []
    with torch.no_grad():
        network(planted.planted_batch(*sentences), act=seen.append)
    return seen


def measured(measure, *batches):
    found = grids(watched(measure, planted.planted_network(), *batches))
    return {name: values[0] for name, values in found.items()}


@pytest.fixture(scope="module")
def random_work():
    """One layer of two heads of 4 features, on a sentence of 8 tokens and a padded one of 6."""
    network, random = planted.small_network()
    bias = network.encoder.blocks[0].attention.query_key_value.bias
    bias.copy_(torch.randn(bias.shape, generator=random))
    return works(network, [1, 2, 3, 4, 5, 1, 2, 4], [2, 3, 5, 1, 4, 4])[0]


def values_written(work):
    """T = V W^O_h in d_model features, by hand."""
    per_head = work.output.double()
    return torch.stack([work.value[:, h].double() @ per_head[h] for h in (0, 1)], dim=1)


def test_effective_weights_write_the_same_and_are_the_smallest_that_do(random_work):
    effective = part_weights(random_work).effective.double()
    raw, t = random_work.weights.double(), values_written(random_work)
    torch.testing.assert_close(effective @ t, raw @ t, rtol=0, atol=1e-6)
    for row, length in ((0, 8), (1, 6)):
        # The smallest solution of A' T = A T is A T T^+, by NumPy's own pseudo-inverse.
        part = t[row, :, :length]
        expected = raw[row, :, :length, :length] @ part @ torch.linalg.pinv(part)
        torch.testing.assert_close(effective[row, :, :length, :length], expected, rtol=0, atol=1e-6)
    assert (effective[0] - raw[0]).abs().max() > 0.01  # 8 tokens, 4 features: much is lost


def test_weights_that_write_the_same_and_sum_to_1_differ_in_the_exchangeable_part(random_work):
    parted = part_weights(random_work)
    raw, t = random_work.weights.double(), values_written(random_work)
    for row, length in ((0, 8), (1, 6)):
        with_one = torch.cat([t[row, :, :length], torch.ones(2, length, 1).double()], dim=-1)
        weights = raw[row, :, :length, :length]
        expected = weights - weights @ with_one @ torch.linalg.pinv(with_one)
        found = parted.exchangeable[row, :, :length, :length]
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
        assert found.sum(dim=-1).abs().max() < 1e-12
        # 4 features and the sum: of 8 weights 3 are free, of 6 one.
        assert parted.free[row].tolist() == [length - 5] * 2


def ordinary(*sentences):
    """One layer's work of a network of the default size, as it starts, without positions."""
    shape = planted.planted_network().shape
    size = {"d_model": 64, "n_heads": 4, "positions": "none"}
    encoder = shape.encoder.model_copy(update=size)
    shape = shape.model_copy(update={"encoder": encoder, "vocab_size": 32, "max_length": 32})
    network = Network(shape)
    network.initialise(torch.randn(32, 64, generator=torch.Generator().manual_seed(1)), seed=2)
    return works(network.eval().requires_grad_(False), *sentences)[0]


def test_of_17_different_words_of_16_features_nothing_can_be_exchanged_of_18_something():
    for length, free in ((17, 0), (18, 1)):
        parted = part_weights(ordinary(list(range(1, length + 1))))
        assert parted.free.tolist() == [[free] * 4]
        assert (parted.exchangeable.abs().max() > 1e-3) == bool(free)


REPEATED = [1, 2, 3, 4, 5, 6, 7, 2, 3, 4, 8]
"""Eight words, three of them twice: of 11 weights 3 are free."""


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_equal_words_have_equal_nulls_whatever_the_threads(threads):
    parted = []
    for number in (1, 2):
        threads(number)
        parted.append(part_weights(ordinary(REPEATED)))
        assert parted[-1].free.tolist() == [[3] * 4]
    torch.testing.assert_close(parted[0].exchangeable, parted[1].exchangeable, rtol=0, atol=1e-6)


def test_values_that_differ_by_rounding_alone_are_equal():
    # What a second thread can do to a row: every value off by up to 4 units in the last place.
    work = ordinary(REPEATED)
    noise = torch.rand(work.value.shape, generator=torch.Generator().manual_seed(3)) * 2 - 1
    rounded = replace(work, value=work.value * (1 + 4 * torch.finfo(torch.float32).eps * noise))
    exact, found = part_weights(work), part_weights(rounded)
    assert found.free.tolist() == [[3] * 4]
    torch.testing.assert_close(found.exchangeable, exact.exchangeable, rtol=0, atol=1e-5)
    # A difference that is one: the words are told apart, and nothing can be exchanged.
    apart = replace(work, value=work.value * (1 + 1e-2 * noise))
    assert part_weights(apart).free.tolist() == [[0] * 4]


def test_in_a_sentence_no_longer_than_d_head_all_of_the_weights_count():
    shape = planted.planted_network().shape
    network = Network(shape).eval().requires_grad_(False)
    network.initialise(torch.randn(6, 48, generator=torch.Generator().manual_seed(1)), seed=2)
    (work,) = works(network, [1, 2, 3, 4, 5])
    torch.testing.assert_close(part_weights(work).effective, work.weights, rtol=0, atol=1e-5)


def test_of_equal_tokens_weights_can_be_exchanged_in_a_planted_head():
    # The values tell which token, not where: of n equal tokens only the sum of weights counts,
    # so effective attention spreads it evenly. "3 4 3": the previous of the last is 4.
    (work,) = works(planted.planted_network(), [3, 4, 3])
    expected = torch.tensor([[0.5, 0, 0.5], [0.5, 0, 0.5], [0, 1, 0]])
    torch.testing.assert_close(part_weights(work).effective[0, planted.PREVIOUS], expected)


def test_a_dead_head_has_no_effective_attention_and_takes_nothing():
    share = measured(effective.MEASURE, SENTENCES)
    # It writes nothing, so all of its weights could be others, but for their sum. It looks at the
    # next token alone, 1 - 1 / n of whose squared weight is not the sum's; the last at all alike.
    lengths = [len(sentence) for sentence in SENTENCES]
    lost = sum((n - 1) * (1 - 1 / n) for n in lengths) / sum(lengths)
    assert share["null_share"][planted.DEAD] == pytest.approx(lost)
    taken = measured(norms.MEASURE, SENTENCES)
    assert taken["written_norm"][planted.DEAD] == 0
    assert np.isnan(taken["norm_entropy"][planted.DEAD])


def test_planted_heads_have_the_known_shares():
    share = measured(effective.MEASURE, [[3, 4, 3]])
    # Two of the three rows lose half of their squared length, 1.
    assert share["null_share"][planted.PREVIOUS] == pytest.approx(2 * 0.5 / 3)
    # Their most attended token then ties with its double: half of it agrees.
    assert share["effective_agreement"][planted.PREVIOUS] == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert share["null_share"][planted.EQUAL] == pytest.approx(0, abs=1e-6)
    taken = measured(norms.MEASURE, [[3, 4, 3]])
    # Every value that is written has length 1, so norms spread as the weights do.
    assert taken["written_norm"][planted.PREVIOUS] == pytest.approx(1)
    assert taken["norm_entropy"][planted.UNIFORM] == pytest.approx(np.log(3))
    assert taken["norm_distance"][planted.FIRST] == pytest.approx(1)
    assert taken["norm_self"][planted.FIRST] == pytest.approx(1 / 3)


def test_norms_are_the_lengths_of_what_each_token_gives(random_work):
    given = random_work.weights.double()[..., None] * values_written(random_work)[:, :, None]
    expected = given.norm(dim=-1)
    torch.testing.assert_close(norm_weights(random_work).double(), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("measure", [effective.MEASURE, norms.MEASURE], ids=["effective", "norms"])
def test_padding_and_the_cut_into_batches_change_nothing(measure):
    together = measured(measure, SENTENCES)
    alone = measured(measure, *[[sentence] for sentence in SENTENCES])
    for name, values in together.items():
        np.testing.assert_allclose(alone[name], values, atol=1e-6, err_msg=name)
