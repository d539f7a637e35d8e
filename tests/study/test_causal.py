"""What the measures say of a network whose tokens see what stands before them and nothing after.

The planted heads under a causal mask: PREVIOUS, TWIN and FIRST do as they do; UNIFORM looks evenly
at all that it sees; EQUAL at equal tokens that it sees; DEAD, which looks for the next token,
finds none and looks evenly. A first row has weight 1 on itself whatever the head does, so it never
counts.
"""

import math

import numpy as np
import planted
import pytest
import torch
from heads_measured import between, grids, material_of, watched

from pipeline.model.batch import Batch
from pipeline.study.interventions.ablation import ablate_each
from pipeline.study.interventions.effects import study_effects
from pipeline.study.measures import (
    distance,
    diversity,
    duplicate_mass,
    effective,
    entropy,
    largest_weight,
    norms,
    places,
    rollout,
)
from pipeline.study.measures.effective import part_weights
from pipeline.study.relations.arcs import DIRECTIONS, Trees, pairs_of
from pipeline.study.relations.scores import Syntax, top_other
from pipeline.study.study import study_weights
from pipeline.study.watching import look_through

PREVIOUS, UNIFORM, FIRST, EQUAL, DEAD, TWIN = range(6)
SENTENCES = ([3, 4, 3, 5, 3], [4, 5], [1])
"""Rows that see two tokens or more: they see 2, 3, 4 and 5 in the first, 2 in the second."""
SEEN = np.array([2, 3, 4, 5, 2])
UP, DOWN = DIRECTIONS


def causal_network(n_layers=1):
    network = planted.planted_network(n_layers)
    network.is_causal = True
    return network


def measured(measure, network, *sentences):
    return grids(watched(measure.MEASURE, network, sentences))


@pytest.fixture(scope="module")
def patterns():
    found = {}
    for measure in (largest_weight, distance, duplicate_mass, entropy, places):
        found |= measured(measure, causal_network(), *SENTENCES)
    return {name: values[0] for name, values in found.items()}


def test_the_most_that_an_entropy_can_be_is_ln_of_the_tokens_seen(patterns):
    for head in (UNIFORM, DEAD):
        assert patterns["entropy"][head] == pytest.approx(np.log(SEEN).mean())
        assert patterns["relative_entropy"][head] == pytest.approx(1)
    assert patterns["relative_entropy"][PREVIOUS] == pytest.approx(0, abs=1e-6)


def test_a_row_that_sees_itself_alone_counts_in_no_measure(patterns):
    assert patterns["self"][PREVIOUS] == 0
    assert patterns["previous"][PREVIOUS] == patterns["first"][FIRST] == 1
    assert patterns["largest_weight"][UNIFORM] == pytest.approx((1 / SEEN).mean())
    assert patterns["first"][UNIFORM] == pytest.approx((1 / SEEN).mean())  # all tie for it
    assert patterns["distance"][UNIFORM] == pytest.approx(((SEEN - 1) / 2).mean())


def test_the_next_token_cannot_be_looked_at(patterns):
    assert np.isnan(patterns["next"]).all()


def test_duplicates_are_looked_for_among_what_is_seen(patterns):
    # 3 stands at 0, 2 and 4: the second sees one double of three tokens, the third two of five.
    assert patterns["duplicate_mass"][UNIFORM] == pytest.approx((1 / 3 + 2 / 5) / 2)
    assert patterns["duplicate_mass"][EQUAL] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert patterns["duplicate_mass"][PREVIOUS] == 0


def test_effective_attention_is_of_the_values_that_a_row_sees():
    share = measured(effective, causal_network(), [3, 4, 3])
    # FIRST: the second row's [1, 0] writes 3 beside 4, so nothing is lost; half of the third's
    # [1, 0, 0] could lie on the other 3.
    assert share["null_share"][0, FIRST] == pytest.approx((0 + 0.5) / 2)
    assert share["effective_agreement"][0, FIRST] == pytest.approx((1 + 0.5) / 2)
    assert share["null_share"][0, UNIFORM] == pytest.approx(0, abs=1e-9)
    assert share["null_share"][0, PREVIOUS] == pytest.approx(0, abs=1e-9)


def test_each_row_is_parted_as_if_its_sentence_ended_there():
    network, _ = planted.small_network()
    network.is_causal = True
    works = []
    batch = planted.planted_batch([1, 2, 3, 4, 5, 1, 2, 4], [2, 3, 5, 1, 4, 4])
    network(batch, act=works.append)
    (work,) = works
    parted = part_weights(work)
    raw, t = work.weights.double(), work.value.double() @ work.output.double()
    for sentence, length in ((0, 8), (1, 6)):
        for n in range(1, length + 1):
            row, part = raw[sentence, :, n - 1, None, :n], t[sentence, :, :n]
            found = parted.effective[sentence, :, n - 1, None]
            expected = row @ part @ torch.linalg.pinv(part, rtol=1e-6)
            torch.testing.assert_close(found[..., :n].double(), expected, rtol=0, atol=1e-5)
            assert (found[..., n:] == 0).all()
            with_one = torch.cat([part, torch.ones(2, n, 1).double()], dim=-1)
            expected = row - row @ with_one @ torch.linalg.pinv(with_one, rtol=1e-6)
            found = parted.exchangeable[sentence, :, n - 1, None, :n]
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
        # 4 features and the sum: in the last row, of 8 weights 3 are free, of 6 one.
        assert parted.free[sentence].tolist() == [length - 5] * 2


def test_norms_rollout_and_disagreement_count_rows_that_can_differ():
    taken = measured(norms, causal_network(), *SENTENCES)
    assert taken["norm_self"][0, PREVIOUS] == 0
    assert taken["norm_entropy"][0, UNIFORM] == pytest.approx(np.log(SEEN).mean())
    rolled = measured(rollout, causal_network(), [4, 5])
    # Of the second token the heads' weights on the first are 1, 1/2, 1, 0, 1/2 and 1.
    assert rolled["rollout_self"][0] == pytest.approx((1 + 1 - 4 / 6) / 2)
    found = between(watched(diversity.MEASURE, causal_network(), [[4, 5]]), "divergence")
    assert found[0, PREVIOUS, 0, EQUAL] == pytest.approx(math.log(2))
    assert found[0, PREVIOUS, 0, FIRST] == pytest.approx(0)


def trees_of_five(times, *dependents):
    """So many sentences of five words; (place from 0, head from 0, relation)."""
    head, relation = np.zeros(5, np.int64), np.zeros(5, np.int64)
    names = ("root", *sorted({name for *_, name in dependents}))
    for place, above, name in dependents:
        head[place], relation[place] = above + 1, names.index(name)
    return Trees(
        np.arange(0, 5 * times + 1, 5), np.tile(head, times), np.tile(relation, times), names
    )


def test_questions_whose_answer_stands_later_are_not_asked():
    trees = trees_of_five(20, (3, 1, "back"), (0, 4, "ahead"), (1, 0, "near"))
    pairs = pairs_of(trees, np.full(20, 5), is_causal=True)
    asked = {(one.relation, one.direction): one for one in pairs.questions}
    # The second word sees one other word, and whoever is asked finds it: "near" is not asked.
    assert set(asked) == {("back", UP), ("ahead", DOWN)}
    assert (asked["back", UP].offset, asked["ahead", DOWN].offset) == (-2, -4)
    assert all(one.pairs == 20 and one.baseline == 1 for one in asked.values())
    assert (pairs.target < pairs.looker).all()
    row, number = pairs.of_sentences(np.array([0, 19]))
    assert row.tolist() == [0, 0, 1, 1]
    assert sorted(pairs.looker[number].tolist()) == [3, 3, 4, 4]


def test_a_question_that_is_left_with_few_pairs_is_not_asked_and_its_rules_know_the_rest_alone():
    back, ahead = trees_of_five(20, (2, 1, "a")), trees_of_five(30, (2, 4, "a"))
    trees = Trees(
        np.arange(0, 251, 5), np.concatenate([back.head, ahead.head]),
        np.concatenate([back.relation, ahead.relation]), back.names,
    )  # fmt: skip
    both = pairs_of(trees, np.full(50, 5), is_causal=False).questions
    assert [(one.pairs, one.offset) for one in both] == [(50, 2), (50, -2)]
    up, down = pairs_of(trees, np.full(50, 5), is_causal=True).questions
    assert (up.direction, up.pairs, up.offset) == (UP, 20, -1)
    assert (down.direction, down.pairs, down.offset) == (DOWN, 30, -2)
    fewer = pairs_of(trees, np.array([5] * 19 + [2] + [5] * 30), is_causal=True).questions
    assert [(one.direction, one.pairs) for one in fewer] == [(DOWN, 30)]


def test_words_tie_among_those_that_are_seen():
    itself = torch.eye(4)[None, None]  # every word looks at itself alone, all others tie
    top = top_other(itself, torch.ones(1, 4, dtype=torch.bool), is_causal=True)[0, 0]
    assert top[2].tolist() == [0.5, 0.5, 0, 0]
    assert top[1].tolist() == [1, 0, 0, 0]


def test_the_previous_word_head_finds_heads_that_stand_before():
    trees = trees_of_five(20, (3, 2, "a"), (0, 4, "b"))
    tokens = planted.planted_tokens(*[[3, 4, 5, 1, 2]] * 20)
    syntax = Syntax(pairs_of(trees, np.full(20, 5), is_causal=True), None)
    look_through(causal_network(), Batch.of_tokens(tokens), lambda work: syntax.add(work, tokens))
    found = {(one.head, one.relation): one.accuracy for one in syntax.result()}
    assert found[PREVIOUS, "a"] == found[FIRST, "b"] == 1
    assert found[PREVIOUS, "b"] == found[FIRST, "a"] == 0
    assert found[UNIFORM, "a"] == pytest.approx(1 / 3)  # three other words are seen, and tie
    assert found[EQUAL, "b"] == pytest.approx(1 / 4)


def test_a_head_s_silence_reaches_no_earlier_word():
    network, batch = causal_network(), planted.planted_batch([3, 4, 5, 2])
    before = network(batch)

    def act(work):
        mixed = work.mixed.clone()
        mixed[:, PREVIOUS, 2] = 0
        return mixed

    after = network(batch, act=act)
    torch.testing.assert_close(after[:, :2], before[:, :2])
    assert not torch.allclose(after[:, 2], before[:, 2])


@pytest.mark.parametrize("n_layers", [1, 2])
def test_the_whole_study_goes_through_and_says_what_it_does_not_know(n_layers):
    network = causal_network(n_layers)
    sentences = [3, 4, 3, 5, 3], [4, 5], [1], [2, 2, 3, 4, 5, 1]
    split = planted.planted_store(*sentences)
    found = grids(study_weights(material_of(network, *sentences), 64))
    assert {name for name, values in found.items() if np.isnan(values).all()} == {"next"}
    effects = study_effects(network, split, planted.ask_before, 64, 4, 1, np.ones(6, np.int64))
    assert np.isfinite(effects.pruning.whole.importance).all()
    zero = ablate_each(network, [planted.planted_batch([3, 4, 5])]).zero
    assert all(np.isfinite(one.losses).all() for one in zero[0])
    # Sentences of five and six words have three and four targets that see two others.
    assert sorted(effects.faithfulness.heads["uniform_change"].known[:, 0, 0]) == [3, 4]
