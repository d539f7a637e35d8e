"""Faithfulness where a token sees what stands before it: all of it is among what a target sees."""

import copy
from dataclasses import replace

import numpy as np
import planted
import pytest
import torch
from scipy.stats import kendalltau

from pipeline.study.interventions.faithfulness import study_faithfulness
from pipeline.study.watching import all_weights

SENTENCE = [3, 4, 3, 5, 2, 1, 1, 4]
N = len(SENTENCE)
TARGETS = range(2, N)
"""Those that see two others."""


def random_network():
    """Two causal layers of four heads that all matter a little."""
    network = planted.random_network()
    network.is_causal = True
    return network


def studied(network, *sentences):
    """The mean over all targets; by hand below, over those that count."""
    alone = [planted.planted_batch(sentence) for sentence in sentences]
    found = study_faithfulness(network, alone, 64, 1, np.zeros(planted.VOCAB, np.int64)).heads
    with np.errstate(invalid="ignore"):
        return {n: sums.total.sum(axis=0) / sums.known.sum(axis=0) for n, sums in found.items()}


@pytest.fixture(scope="module")
def found():
    return studied(random_network(), SENTENCE)


@pytest.fixture(scope="module")
def exact():
    return random_network().double()


def probabilities(network, kept=None):
    batch = planted.planted_batch(SENTENCE)
    seen = replace(batch, is_token=None if kept is None else kept[None])
    return network.logits(network(seen), batch.target_at).softmax(-1).numpy()


def variation(one, other):
    return np.abs(one - other).sum(axis=-1) / 2


def weights(network):
    return all_weights(network, planted.planted_batch(SENTENCE))[0].numpy()


def test_leaving_a_word_out_is_ranked_among_the_words_before(found, exact):
    before, looked = probabilities(exact), weights(exact)
    without = [variation(probabilities(exact, torch.arange(N) != key), before) for key in range(N)]
    for layer, head in np.ndindex(2, 4):
        taus = [
            kendalltau(looked[layer, head, query, :query], [one[query] for one in without[:query]])
            for query in TARGETS
        ]
        expected = np.nanmean([tau.statistic for tau in taus])
        assert found["tau_leave_one_out"][layer, head] == pytest.approx(expected, abs=1e-9)


def test_gradients_are_ranked_among_the_words_before(found, exact):
    batch, looked = planted.planted_batch(SENTENCE), weights(exact)
    embedded = exact.embedding(batch.input_ids, batch.feature_ids).requires_grad_()
    p = exact.logits(exact.contextualise(embedded, batch), batch.target_at).log_softmax(-1)
    taus = np.zeros((2, 4, len(TARGETS)))
    for number, query in enumerate(TARGETS):
        (slope,) = torch.autograd.grad(p[query].max(), embedded, retain_graph=True)
        size = (slope * embedded).sum(-1).abs()[0].detach().numpy()
        assert (size[query + 1 :] == 0).all()
        for layer, head in np.ndindex(2, 4):
            row = looked[layer, head, query, :query]
            taus[layer, head, number] = kendalltau(row, size[:query]).statistic
    np.testing.assert_allclose(found["tau_gradient"], np.nanmean(taus, axis=-1), atol=1e-9)


def test_erasure_counts_shares_of_the_words_before(found, exact):
    before, looked = probabilities(exact), weights(exact)
    for layer, head in np.ndindex(2, 4):
        without, only = [], []
        for query in TARGETS:
            order = looked[layer, head, query, :query].argsort()[::-1]
            best = before[query].argmax()
            for percent in (10, 20, 50):
                most = torch.zeros(N, dtype=torch.bool)
                most[order[: -(-percent * query // 100)].copy()] = True
                itself = torch.arange(N) == query
                for kept, falls in ((~most, without), (most | itself, only)):
                    p = probabilities(exact, kept)[query, best]
                    falls.append(before[query, best] - p)
        assert found["comprehensiveness"][layer, head] == pytest.approx(np.mean(without), abs=1e-9)
        assert found["sufficiency"][layer, head] == pytest.approx(np.mean(only), abs=1e-9)


def test_equal_weights_are_equal_among_what_each_row_sees(found, exact):
    before = probabilities(exact)
    for layer, head in np.ndindex(2, 4):
        changed = copy.deepcopy(exact)
        attention = changed.encoder.blocks[layer].attention
        for part in (attention.query_key_value.weight, attention.query_key_value.bias):
            part.view(3, 4, 4, -1)[0, head] = 0  # every score is 0
        expected = variation(probabilities(changed), before)[2:].mean()
        assert found["uniform_change"][layer, head] == pytest.approx(expected, rel=1e-9)


def test_weights_are_shuffled_among_what_each_row_sees():
    network = planted.planted_network()
    network.is_causal = True
    output = network.encoder.blocks[0].attention.output.weight
    output[14:20] += output[32:38]  # what UNIFORM writes is read too
    found = studied(network, SENTENCE[:5])
    # Equal weights stay as they are, unless some went to a word that is not seen.
    assert found["permuted_change"][0, planted.UNIFORM] == pytest.approx(0, abs=1e-12)
    assert found["permuted_change"][0, planted.PREVIOUS] > 0.01


def test_targets_that_see_fewer_than_two_others_do_not_count():
    batch = planted.planted_batch(SENTENCE)
    first = replace(batch, target_at=batch.target_at[:2], target_ids=batch.target_ids[:2])
    alike = np.zeros(planted.VOCAB, np.int64)
    found = study_faithfulness(random_network(), [first, batch], 64, 1, alike)
    assert found.studied.tolist() == [1]
    assert found.heads["uniform_change"].known.tolist() == [[[len(TARGETS)] * 4] * 2]
