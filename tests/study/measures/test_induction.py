"""A planted induction head has all of the weight on what came next; the others what they must."""

import numpy as np
import planted
import pytest
from heads_measured import grids, material_of

from pipeline.study.measures.induction import LONGEST, SEQUENCES, repeated_tokens
from pipeline.study.study import study_weights
from pipeline.tokens.tokenizer import SPECIAL

N = 3
"""The planted network knows three tokens that are not special, and six places for them."""


def scores(network, seed=1):
    material = material_of(network, [3, 4, 3], seed=seed)
    return grids(study_weights(material, batch_tokens=64))["induction"]


@pytest.fixture(scope="module")
def found():
    return scores(planted.induction_network())


def test_the_planted_induction_head_gets_1(found):
    assert found[1, planted.INDUCTION] == 1  # the softmax leaves exp(-400 / sqrt(8)) to the others


def test_no_other_planted_head_gets_more_than_an_even_look(found):
    for layer, head in np.ndindex(found.shape):
        expected = {planted.UNIFORM: 1 / (2 * N), planted.DEAD: 1 / (2 * N) / N}.get(head, 0)
        if (layer, head) != (1, planted.INDUCTION):
            assert found[layer, head] == pytest.approx(expected), (layer, head)


def test_the_head_needs_what_the_first_layer_writes():
    network = planted.induction_network()
    network.encoder.blocks[0].attention.output.weight.zero_()
    assert scores(network)[1, planted.INDUCTION] < 0.9


def test_under_a_causal_mask_an_even_look_has_its_part_of_what_can_be_seen():
    network = planted.induction_network()
    network.is_causal = True
    found = scores(network)
    assert found[1, planted.INDUCTION] == 1
    even = np.mean([1 / (place + 1) for place in range(N, 2 * N)])
    assert found[0, planted.UNIFORM] == pytest.approx(even)
    # The token after the first is never seen from the second: DEAD, too, looks evenly.
    assert found[0, planted.PREVIOUS] == 0


def large_shape(**changed):
    network = planted.planted_network()
    network.shape = network.shape.model_copy(
        update={"vocab_size": 500, "max_length": 160, **changed}
    )
    return network


def test_the_tokens_differ_are_said_twice_and_are_never_special():
    (seen,) = repeated_tokens(material_of(large_shape(), [3, 4]))
    ids = seen.tokens.input_ids
    assert ids.shape == (SEQUENCES, 2 * LONGEST)
    np.testing.assert_array_equal(ids[:, :LONGEST], ids[:, LONGEST:])
    assert all(len(set(row)) == LONGEST for row in ids.tolist())
    assert ids.min() >= len(SPECIAL)
    assert ids.max() < 500
    assert len(np.unique(ids)) > 300  # all over the vocabulary
    assert len(np.unique(ids[:, 0])) > SEQUENCES / 2  # another sequence, other tokens
    assert (seen.tokens.feature_ids == 0).all()


def test_the_same_seed_draws_the_same_tokens_and_another_others():
    def drawn(seed):
        (seen,) = repeated_tokens(material_of(large_shape(), [3, 4], seed=seed))
        return seen.tokens.input_ids

    np.testing.assert_array_equal(drawn(1), drawn(1))
    assert (drawn(1) != drawn(2)).mean() > 0.9


def test_where_there_is_no_room_for_two_tokens_twice_the_score_is_not_known():
    for changed in ({"max_length": 3}, {"vocab_size": len(SPECIAL) + 1}):
        assert list(repeated_tokens(material_of(large_shape(**changed), [3, 4]))) == []
    network = planted.induction_network()
    network.shape = network.shape.model_copy(update={"max_length": 3})
    assert "induction" not in grids(study_weights(material_of(network, [3, 4]), batch_tokens=64))
