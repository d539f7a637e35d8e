"""Importance, ablation and pruning: planted heads, whose effects are worked out by hand."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import planted
import pytest
import torch

from pipeline.model.batch import Batch
from pipeline.study.interventions.ablation import ablate_each, prune_greedily
from pipeline.study.interventions.importance import gate_importance


def ablated(network, batches):
    """The changes of loss and accuracy, head by head, as arrays."""
    found = ablate_each(network, batches)
    return SimpleNamespace(**{
        f"{kind}_{score}": np.array([[getattr(one, score) for one in row] for row in heads])
        for kind, heads in vars(found).items()
        for score in ("loss", "accuracy")
    })  # fmt: skip


SENTENCES = ([3, 4, 5, 2], [4, 1], [1, 5, 4, 4, 5, 3, 2, 5], [2])
ALL = np.ones((1, planted.N_HEADS), dtype=bool)


def writing(*heads, strength=1.0):
    """The planted network in which these heads alone write."""
    network = planted.planted_network()
    output = network.encoder.blocks[0].attention.output.weight
    for head in range(planted.N_HEADS):
        columns = output[:, head * planted.D_HEAD : (head + 1) * planted.D_HEAD]
        columns.mul_(strength if head in heads else 0)
    return network


def batch_of(*sentences):
    return planted.planted_batch(*sentences)


def previous(sentence):
    return [sentence[0], *sentence[:-1]]


def loss_at(written, target):
    """-log p(target) where the heads wrote these six numbers: the norm and the tagger by hand."""
    vector = np.zeros(planted.D_MODEL)
    vector[[0, 1]] = 1  # the signs of token and place
    vector[14:20] = written
    normed = (vector - vector.mean()) / np.sqrt(vector.var() + 1e-5)
    logits = 2 * normed[14:20]
    return float(np.log(np.exp(logits).sum()) - logits[target])


def mean_loss(written_of, sentences, strength=1.0):
    """Of all words, where `written_of(token before)` is written."""
    return np.mean([
        loss_at(strength * np.asarray(written_of(token)), token)
        for sentence in sentences
        for token in previous(sentence)
    ])  # fmt: skip


def sign(token):
    return np.eye(6)[token]


def test_a_head_that_alone_writes_is_worth_the_whole_loss_and_the_others_nothing():
    found = ablated(writing(planted.PREVIOUS), [batch_of(*SENTENCES)])
    others = [head for head in range(planted.N_HEADS) if head != planted.PREVIOUS]
    for values in (found.zero_loss, found.zero_accuracy, found.mean_loss, found.mean_accuracy):
        assert not values[0, others].any()
    expected = np.log(6) - mean_loss(sign, SENTENCES)
    assert found.zero_loss[0, planted.PREVIOUS] == pytest.approx(expected, rel=1e-5)
    assert found.zero_accuracy[0, planted.PREVIOUS] == -1  # of equals the first, which no word is


def test_the_mean_is_that_of_all_tokens_and_none_of_the_padding():
    tokens = [token for sentence in SENTENCES for token in previous(sentence)]
    mean = np.bincount(tokens, minlength=6) / len(tokens)
    found = ablated(writing(planted.PREVIOUS), [batch_of(*SENTENCES)])
    expected = mean_loss(lambda _: mean, SENTENCES) - mean_loss(sign, SENTENCES)
    assert found.mean_loss[0, planted.PREVIOUS] == pytest.approx(expected, rel=1e-5)
    most = np.mean(np.array(tokens) == mean.argmax())
    assert found.mean_accuracy[0, planted.PREVIOUS] == pytest.approx(most - 1)


def test_a_head_that_always_gives_the_same_costs_nothing_at_its_mean():
    found = ablated(writing(planted.PREVIOUS), [batch_of([3, 3, 3], [3, 3])])
    assert found.mean_loss[0, planted.PREVIOUS] == pytest.approx(0, abs=1e-6)
    assert found.zero_loss[0, planted.PREVIOUS] > 1


def test_of_twins_each_can_do_the_others_work():
    network = writing(planted.PREVIOUS, planted.TWIN)
    found = ablated(network, [batch_of(*SENTENCES)])
    expected = mean_loss(sign, SENTENCES) - mean_loss(sign, SENTENCES, strength=2)
    assert found.zero_loss[0, [planted.PREVIOUS, planted.TWIN]] == pytest.approx(
        [expected, expected], rel=1e-4
    )
    importance = gate_importance(network, [batch_of(*SENTENCES)], ALL).importance
    assert importance[0, planted.PREVIOUS] == pytest.approx(importance[0, planted.TWIN], rel=1e-5)


def test_importance_is_the_slope_of_each_sentence_without_its_sign():
    """Where a sentence's answers are made wrong, the head harms: slopes of both signs."""
    asked = planted.ask_before(planted.planted_tokens([3, 4, 5], [4, 5, 2]))
    targets = asked.target_ids.copy()
    targets[1] = 1
    batch = Batch.of(replace(asked, target_ids=targets))

    def slope(row, sentence):
        def loss(gate):
            pairs = zip(previous(sentence), targets[row], strict=True)
            return sum(loss_at(gate * sign(token), target) for token, target in pairs)

        return (loss(1 + 1e-6) - loss(1 - 1e-6)) / 2e-6

    slopes = [slope(0, [3, 4, 5]), slope(1, [4, 5, 2])]
    assert slopes[0] < 0 < slopes[1]
    found = gate_importance(writing(planted.PREVIOUS), [batch], ALL)
    expected = (slopes[1] - slopes[0]) / 6
    assert found.importance[0, planted.PREVIOUS] == pytest.approx(expected, rel=1e-4)
    assert not found.importance[0, planted.PREVIOUS + 1 :].any()


def test_pruning_takes_the_useless_first_and_says_what_each_step_costs():
    network = writing(planted.PREVIOUS, planted.TWIN)
    pruning = prune_greedily(network, [batch_of(*SENTENCES)])
    assert [step.head for step in pruning.steps][:4] == [
        planted.UNIFORM, planted.FIRST, planted.EQUAL, planted.DEAD
    ]  # fmt: skip
    assert {step.head for step in pruning.steps[4:]} == {planted.PREVIOUS, planted.TWIN}
    whole = mean_loss(sign, SENTENCES, strength=2)
    expected = [0, 0, 0, 0, mean_loss(sign, SENTENCES) - whole, np.log(6) - whole]
    assert [step.changed.loss for step in pruning.steps] == pytest.approx(
        expected, rel=1e-4, abs=1e-6
    )
    assert [step.changed.accuracy for step in pruning.steps] == [0, 0, 0, 0, 0, -1]
    assert pruning.whole.sums.means == pytest.approx((whole, 1), abs=1e-6)


@pytest.fixture(scope="module")
def random_network():
    return planted.random_network()


def test_pruning_asks_anew_at_every_step(random_network):
    batches = [batch_of(*SENTENCES)]
    pruning = prune_greedily(random_network, batches)
    order = [(step.layer, step.head) for step in pruning.steps]
    is_open = np.ones((2, 4), dtype=bool)
    for place in order:
        now = gate_importance(random_network, batches, is_open).importance
        assert now[place] == now[is_open].min()
        is_open[place] = False
    at_first = pruning.whole.importance.ravel().argsort()
    assert order != [tuple(map(int, np.unravel_index(i, (2, 4)))) for i in at_first]


def test_zero_and_mean_are_those_of_other_weights_behind_the_heads(random_network):
    batch = batch_of(*SENTENCES)
    found = ablated(random_network, [batch])
    targets = len(batch.target_ids)
    with torch.no_grad():
        before = float(random_network.score(batch).loss) / targets
        for layer, head in np.ndindex(2, 4):
            changed = copy.deepcopy(random_network)
            attention = changed.encoder.blocks[layer].attention
            seen = []
            attention.output.register_forward_hook(
                lambda module, given, _, seen=seen: seen.append(given[0])
            )
            changed(batch)
            mean = seen[0][batch.is_token].mean(dim=0)
            part = slice(4 * head, 4 * head + 4)
            always = attention.output.weight[:, part] @ mean[part]
            attention.output.weight[:, part] = 0
            zero = float(changed.score(batch).loss) / targets
            attention.output.bias += always
            at_mean = float(changed.score(batch).loss) / targets
            assert found.zero_loss[layer, head] == pytest.approx(zero - before, abs=2e-6)
            assert found.mean_loss[layer, head] == pytest.approx(at_mean - before, abs=2e-6)
    assert np.abs(found.zero_loss).min() > 1e-4


def test_the_cut_into_batches_changes_nothing(random_network):
    one, many = [batch_of(*SENTENCES)], [batch_of(sentence) for sentence in SENTENCES]
    is_open = np.ones((2, 4), dtype=bool)
    whole, cut = (gate_importance(random_network, b, is_open) for b in (one, many))
    np.testing.assert_allclose(whole.importance, cut.importance, rtol=1e-5)
    np.testing.assert_allclose(whole.sums.loss, cut.sums.loss, rtol=1e-5)
    for a, b in zip(*(vars(ablated(random_network, b)).values() for b in (one, many)),
                    strict=True):  # fmt: skip
        np.testing.assert_allclose(a, b, atol=2e-6)


def test_the_changes_of_each_sentence_are_those_of_the_sentence_alone(random_network):
    together = ablate_each(random_network, [batch_of(*SENTENCES[:2]), batch_of(*SENTENCES[2:])])
    for number, sentence in enumerate(SENTENCES):
        alone = ablate_each(random_network, [batch_of(sentence)]).zero
        for layer, head in np.ndindex(2, 4):
            one, other = together.zero[layer][head], alone[layer][head]
            assert one.targets[number] == len(sentence)
            assert one.losses[number] == pytest.approx(other.losses[0], abs=1e-4)
            assert one.hits[number] == other.hits[0]


def test_closed_heads_have_no_importance(random_network):
    is_open = np.ones((2, 4), dtype=bool)
    is_open[1, 2] = False
    found = gate_importance(random_network, [batch_of(*SENTENCES)], is_open)
    assert found.importance[1, 2] == 0
    assert (found.importance[is_open] > 0).all()


def test_nothing_to_predict_is_said():
    nothing = Batch.of_tokens(planted.planted_tokens([3, 4]))
    network = planted.planted_network()
    for study in (ablate_each, prune_greedily):
        with pytest.raises(ValueError, match="expected something to predict"):
            study(network, [nothing])
