"""Faithfulness: planted heads, whose answers under every tampering are worked out by hand."""

import copy
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import planted
import pytest
import torch
from scipy.stats import kendalltau

from pipeline.study.interventions.faithfulness import study_faithfulness
from pipeline.study.interventions.kendall import kendall_tau_b
from pipeline.study.interventions.nulls import RANKED
from pipeline.study.watching import all_weights

SENTENCE = [3, 4, 5, 2, 1]
PREVIOUS, UNIFORM, FIRST, EQUAL, DEAD, TWIN = range(6)


def writing(*heads):
    """The planted network in which these heads alone write."""
    network = planted.planted_network()
    output = network.encoder.blocks[0].attention.output.weight
    for head in set(range(planted.N_HEADS)) - set(heads):
        output[:, head * planted.D_HEAD : (head + 1) * planted.D_HEAD] = 0
    return network


ALIKE = np.zeros(planted.VOCAB, np.int64)
"""Every token stands as often in training."""


def beside_nulls(network, *sentences, frequency=ALIKE):
    alone = [planted.planted_batch(sentence) for sentence in sentences]
    return study_faithfulness(network, alone, batch_tokens=64, seed=1, frequency=frequency)


def means(found):
    """Over all targets of all sentences."""
    with np.errstate(invalid="ignore"):
        return SimpleNamespace(**{
            name: sums.total.sum(axis=0) / sums.known.sum(axis=0) for name, sums in found.items()
        })  # fmt: skip


def studied(network, *sentences):
    return means(beside_nulls(network, *sentences).heads)


def answer(written):
    """p of every class where PREVIOUS wrote these six numbers: the norm and the tagger by hand."""
    vector = np.zeros(planted.D_MODEL)
    vector[[0, 1]] = 1  # the signs of token and place
    vector[14:20] = written
    normed = (vector - vector.mean()) / np.sqrt(vector.var() + 1e-5)
    e = np.exp(2 * normed[14:20])
    return e / e.sum()


def answer_at(place, seen):
    """What the tagger says at a place where only `seen` places of SENTENCE can be attended to."""
    before = max(place - 1, 0)
    looked = [before] if before in seen else seen
    return answer(np.mean([np.eye(6)[SENTENCE[i]] for i in looked], axis=0))


def weights_of(head):
    """What each head does with SENTENCE: query x key."""
    n = len(SENTENCE)
    rows = np.zeros((n, n))
    for query in range(n):
        target = {
            PREVIOUS: max(query - 1, 0), TWIN: max(query - 1, 0), FIRST: 0, EQUAL: query,
            DEAD: query + 1,
        }.get(head, n)  # fmt: skip
        rows[query] = np.eye(n)[target] if target < n else 1 / n
    return rows


def others_of(query):
    return [key for key in range(len(SENTENCE)) if key != query]


def test_tau_is_scipys():
    random = np.random.default_rng(5)
    a = random.integers(0, 4, (20, 7)).astype(float)  # with ties
    b = np.where(random.random((20, 7)) < 0.3, 0, random.random((20, 7)))
    expected = [kendalltau(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(kendall_tau_b(a, b), expected, atol=1e-12)
    assert np.ptp(expected) > 0.5


def test_tau_is_not_defined_where_all_are_equal():
    same, rising = np.ones((1, 4)), np.arange(4.0)[None]
    assert np.isnan(kendall_tau_b(same, rising)).all()
    assert np.isnan(kendall_tau_b(rising, same)).all()


def test_leave_one_out_of_the_previous_token_is_all_that_counts():
    found = studied(writing(PREVIOUS), SENTENCE).tau_leave_one_out[0]
    assert found[PREVIOUS] == found[TWIN] == pytest.approx(1)
    taus = []
    for query in range(1, len(SENTENCE)):  # the first looks at itself, whatever is left out
        others = others_of(query)
        effects = [key == query - 1 for key in others]
        taus.append(kendalltau(weights_of(FIRST)[query, others], effects).statistic)
    assert found[FIRST] == pytest.approx(np.mean(taus))
    assert np.isnan(found[UNIFORM])
    assert np.isnan(found[EQUAL])  # of distinct tokens each looks at itself, the others are tied


def test_gradients_point_at_the_previous_token():
    found = studied(writing(PREVIOUS), SENTENCE).tau_gradient[0]
    assert found[PREVIOUS] == found[TWIN] == pytest.approx(1)
    three = studied(writing(PREVIOUS), [3, 4, 5]).tau_gradient[0]
    assert three[FIRST] == pytest.approx(0)  # right for the second word, wrong for the third
    assert np.isnan(found[UNIFORM])


def test_gradients_are_those_of_finite_differences():
    """Weights in the order of the effects, measured apart, have tau 1 with them."""
    network = planted.random_network()
    batch = planted.planted_batch([3, 4, 5, 2])
    exact = network.double()
    vectors = exact.embedding(batch.input_ids, batch.feature_ids)

    def log_p(embedded):
        vectors = exact.contextualise(embedded, batch)
        return exact.logits(vectors, batch.target_at).log_softmax(-1)

    best = log_p(vectors).argmax(-1)
    weights = all_weights(exact, batch)[0]
    taus = []
    for query in range(4):
        effects = []
        for key in (key for key in range(4) if key != query):
            up, down = vectors.clone(), vectors.clone()
            up[0, key] *= 1 + 1e-6
            down[0, key] *= 1 - 1e-6
            change = (log_p(up) - log_p(down))[query, best[query]] / 2e-6
            effects.append(abs(float(change)))
        others = [key for key in range(4) if key != query]
        taus.append([
            [kendalltau(row[query, others], effects).statistic for row in layer]
            for layer in weights.numpy()
        ])  # fmt: skip
    found = means(study_faithfulness(planted.random_network(), [batch], 5, 1, ALIKE).heads)
    np.testing.assert_allclose(found.tau_gradient, np.mean(taus, axis=0), atol=1e-9)
    assert np.ptp(found.tau_gradient) > 0.1


def test_weights_without_effect_can_be_anything():
    found = studied(writing(PREVIOUS), SENTENCE, [3, 5, 4])
    silent = [UNIFORM, FIRST, EQUAL, DEAD, TWIN]
    np.testing.assert_allclose(found.permuted_change[0, silent], 0, atol=1e-12)
    np.testing.assert_allclose(found.uniform_change[0, silent], 0, atol=1e-12)
    assert found.uniform_change[0, PREVIOUS] > 0.1


def test_uniform_weights_stay_what_they_are():
    found = studied(planted.planted_network(), SENTENCE)
    assert found.uniform_change[0, UNIFORM] == pytest.approx(0, abs=1e-12)
    assert found.permuted_change[0, UNIFORM] == pytest.approx(0, abs=1e-12)


def test_the_change_under_equal_weights_is_as_worked_out_by_hand():
    found = studied(writing(PREVIOUS), SENTENCE)
    even = answer(np.mean([np.eye(6)[token] for token in SENTENCE], axis=0))
    changes = [
        np.abs(even - answer_at(place, range(5))).sum() / 2 for place in range(len(SENTENCE))
    ]
    assert found.uniform_change[0, PREVIOUS] == pytest.approx(np.mean(changes), rel=1e-9)


def test_the_change_under_shuffled_weights_is_that_of_a_random_place():
    """A row of 0 and one 1, shuffled, looks at any token: 250 rows come near the expectation."""
    found = studied(writing(PREVIOUS), *[SENTENCE] * 25)
    changes = [
        np.abs(answer(np.eye(6)[token]) - answer_at(place, range(5))).sum() / 2
        for place in range(5)
        for token in SENTENCE
    ]
    assert found.permuted_change[0, PREVIOUS] == pytest.approx(np.mean(changes), rel=0.07)


@pytest.mark.parametrize("head", range(6))
def test_erasure_is_as_worked_out_by_hand(head):
    without, only = [], []
    for query in range(len(SENTENCE)):
        others = others_of(query)
        full = answer_at(query, range(5))
        best = full.argmax()
        order = sorted(others, key=lambda key: -weights_of(head)[query, key])  # stable
        for share in (0.1, 0.2, 0.5):
            most = order[: math.ceil(share * len(others))]
            hidden = [i for i in range(5) if i not in most]
            without.append(full[best] - answer_at(query, hidden)[best])
            only.append(full[best] - answer_at(query, sorted([query, *most]))[best])
    found = studied(writing(PREVIOUS), SENTENCE)
    assert found.comprehensiveness[0, head] == pytest.approx(np.mean(without), abs=1e-9)
    assert found.sufficiency[0, head] == pytest.approx(np.mean(only), abs=1e-9)


def test_what_previous_looks_at_suffices():
    found = studied(writing(PREVIOUS), SENTENCE)
    assert found.sufficiency[0, PREVIOUS] == pytest.approx(0, abs=1e-12)
    assert found.sufficiency[0, DEAD] > 0.1


LONGER = [3, 4, 3, 5, 2, 1, 1, 4]


def probabilities(network, batch, kept=None):
    """Of every token, where only the `kept` ones can be attended to."""
    seen = replace(batch, is_token=None if kept is None else kept[None])
    return network.logits(network(seen), batch.target_at).softmax(-1).numpy()


def variation(one, other):
    return np.abs(one - other).sum(axis=-1) / 2


def test_equal_weights_are_those_of_a_head_that_asks_for_nothing_in_its_own_layer_alone():
    network, batch = planted.random_network().double(), planted.planted_batch(LONGER)
    found = studied(planted.random_network(), LONGER)
    before = probabilities(network, batch)
    for layer, head in np.ndindex(2, 4):
        changed = copy.deepcopy(network)
        attention = changed.encoder.blocks[layer].attention
        for part in (attention.query_key_value.weight, attention.query_key_value.bias):
            part.view(3, 4, 4, -1)[0, head] = 0  # every score is 0
        expected = variation(probabilities(changed, batch), before).mean()
        assert found.uniform_change[layer, head] == pytest.approx(expected, rel=1e-9)
    assert np.ptp(found.uniform_change) > 0.01


def test_shuffled_weights_move_the_prediction_as_far_as_the_head_can_and_no_other_layer():
    """A head of layer 2 that writes nothing can be shuffled at will; layer 1's cannot."""
    network = planted.random_network()
    output = network.encoder.blocks[1].attention.output.weight
    output[:, :4] = 0
    found = studied(network, LONGER).permuted_change
    assert found[1, 0] == pytest.approx(0, abs=1e-12)
    assert (found[0] > 1e-3).all()
    assert (found[1, 1:] > 1e-3).all()


def test_what_is_left_out_is_weighed_by_the_whole_prediction():
    network, batch = planted.random_network().double(), planted.planted_batch(LONGER)
    weights = all_weights(network, batch)[0].numpy()
    before, n = probabilities(network, batch), len(LONGER)
    effects = np.stack([
        variation(probabilities(network, batch, torch.arange(n) != key), before)
        for key in range(n)
    ], axis=1)  # fmt: skip
    expected = np.zeros((2, 4))
    for layer, head in np.ndindex(2, 4):
        expected[layer, head] = np.mean([
            kendalltau(np.delete(weights[layer, head, query], query),
                       np.delete(effects[query], query)).statistic
            for query in range(n)
        ])  # fmt: skip
    found = studied(planted.random_network(), LONGER).tau_leave_one_out
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_erasure_follows_each_layer_s_own_weights_and_rounds_words_up():
    network, batch = planted.random_network().double(), planted.planted_batch(LONGER)
    weights = all_weights(network, batch)[0]
    before, n = probabilities(network, batch), len(LONGER)
    found = studied(planted.random_network(), LONGER)
    for layer, head in np.ndindex(2, 4):
        without, only = [], []
        for query in range(n):
            order = weights[layer, head, query].argsort(descending=True)
            order = order[order != query]
            best = before[query].argmax()
            for count in (1, 2, 4):  # 10, 20 and 50 % of 7 others: 0.7, 1.4, 3.5
                most = torch.zeros(n, dtype=torch.bool)
                most[order[:count]] = True
                itself = torch.arange(n) == query
                for kept, falls in ((~most, without), (most | itself, only)):
                    p = probabilities(network, batch, kept)[query, best]
                    falls.append(before[query, best] - p)
        assert found.comprehensiveness[layer, head] == pytest.approx(np.mean(without), abs=1e-9)
        assert found.sufficiency[layer, head] == pytest.approx(np.mean(only), abs=1e-9)


def test_every_target_counts_as_much_in_short_and_in_long_sentences():
    together = studied(planted.random_network(), [3, 4, 5], LONGER).uniform_change
    short, long = (
        studied(planted.random_network(), one).uniform_change for one in ([3, 4, 5], LONGER)
    )
    np.testing.assert_allclose(together, (3 * short + 8 * long) / 11, rtol=1e-9)
    assert np.abs(short - long).max() > 0.01


def test_the_cut_into_batches_changes_nothing():
    network = planted.random_network()
    batches = [planted.planted_batch(s) for s in (SENTENCE, LONGER)]
    one, many = (
        means(study_faithfulness(network, batches, size, 1, ALIKE).heads) for size in (4096, 9)
    )
    for name in vars(one):
        np.testing.assert_allclose(getattr(one, name), getattr(many, name), atol=1e-12)
    assert not np.isnan(one.tau_leave_one_out).any()


def test_the_network_is_left_as_it_was():
    network = planted.random_network()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    studied(network, SENTENCE)
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_sentences_too_short_to_rank_say_nothing():
    found = studied(planted.planted_network(), [3, 4], [5])
    assert all(np.isnan(values).all() for values in vars(found).values())
    mixed, alone = (
        studied(writing(PREVIOUS), [3, 4], SENTENCE),
        studied(writing(PREVIOUS), SENTENCE),
    )
    assert mixed.uniform_change[0, PREVIOUS] == alone.uniform_change[0, PREVIOUS]


def near_network():
    """What PREVIOUS did is done by a head that looks at all words, the nearer the more."""
    network = planted.planted_network()
    query, _, _ = network.encoder.blocks[0].attention.query_key_value.weight.view(
        3, planted.N_HEADS, planted.D_HEAD, planted.D_MODEL
    )
    apart = np.abs(np.subtract.outer(np.arange(planted.PLACES), np.arange(planted.PLACES)))
    places = slice(planted.PLACE, planted.PLACE + planted.PLACES)
    query[PREVIOUS, :, places] = torch.from_numpy(-2.0 * apart).float()
    return network


def test_a_head_that_looks_by_nearness_is_no_better_than_nearness_and_others_are_not_so():
    alone = []
    for sentence in (LONGER, SENTENCE):
        batch, ends = planted.planted_batch(sentence), [0, len(sentence) - 1]
        # At the ends no two words are equally near, so float32's rounding has nothing to decide.
        alone.append(
            replace(batch, target_at=batch.target_at[ends], target_ids=batch.target_ids[ends])
        )
    found = study_faithfulness(near_network(), alone, 64, 1, ALIKE)
    for name in RANKED:
        less_nearness = found.beyond[name]
        np.testing.assert_allclose(less_nearness.total[:, 0, 0, PREVIOUS], 0, atol=1e-12)
        own, null = found.heads[name], found.nulls[name]
        np.testing.assert_allclose(own.total[:, 0, PREVIOUS], null.total[:, 0], atol=1e-12)
        assert (less_nearness.known[:, 0, 0, PREVIOUS] > 0).all()
        assert np.abs(less_nearness.total[:, 0, 0, FIRST]).max() > 0.01


def test_shuffled_weights_agree_with_nothing():
    """tau of a random order has mean 0 and variance 2 (2 n + 5) / (9 n (n - 1)) (Kendall 1938)."""
    found = beside_nulls(planted.random_network(), *[LONGER] * 12)
    taus, n = found.nulls["tau_leave_one_out"], len(LONGER) - 1
    known = taus.known[:, 2].sum()
    error = math.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)) / known)
    assert known == 12 * len(LONGER)
    assert abs(taus.total[:, 2].sum() / known) < 4 * error
    assert len(np.unique(taus.total[:, 2])) > 6  # a new order for each sentence


def test_nearness_and_rarity_are_as_worked_out_word_by_word():
    network, batch = planted.random_network().double(), planted.planted_batch(LONGER)
    frequency, n = np.array([0, 50, 7, 7, 30, 2]), len(LONGER)
    before = probabilities(network, batch)
    effects = np.stack([
        variation(probabilities(network, batch, torch.arange(n) != key), before)
        for key in range(n)
    ], axis=1)  # fmt: skip
    found = means(beside_nulls(planted.random_network(), LONGER, frequency=frequency).nulls)
    for null in (0, 1):
        taus, falls = [], []
        for query in range(n):
            others = [key for key in range(n) if key != query]
            order = [
                -abs(key - query) if null == 0 else -int(frequency[LONGER[key]]) for key in others
            ]
            taus.append(kendalltau(order, effects[query, others]).statistic)
            most = sorted(others, key=lambda key: -order[others.index(key)])  # stable
            best = before[query].argmax()
            for count in (1, 2, 4):  # 10, 20 and 50 % of 7 others: 0.7, 1.4, 3.5
                kept = ~np.isin(np.arange(n), most[:count])
                p = probabilities(network, batch, torch.from_numpy(kept))[query, best]
                falls.append(before[query, best] - p)
        assert found.tau_leave_one_out[null] == pytest.approx(np.mean(taus), abs=1e-9)
        assert found.comprehensiveness[null] == pytest.approx(np.mean(falls), abs=1e-9)
