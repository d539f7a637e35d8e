import math
from dataclasses import replace

import numpy as np
import planted
import pytest
import torch
from heads_measured import seen_of
from scipy.spatial.distance import jensenshannon

from pipeline.model.network import Network
from pipeline.study.measures.diversity import Disagreement, Disagreements, jensen_shannon
from pipeline.study.table import HeadRow
from pipeline.study.watching import look_through

SENTENCES = ([3, 4, 3, 5, 3], [4, 5], [3, 5, 4, 4, 5, 3, 4, 5], [1])


def network_of(n_layers, n_heads):
    """Heads of 4 features, all weights random."""
    shape = planted.planted_network().shape
    update = {"d_model": 4 * n_heads, "n_heads": n_heads, "n_layers": n_layers}
    small = shape.encoder.model_copy(update=update)
    network = Network(shape.model_copy(update={"encoder": small})).eval().requires_grad_(False)
    table = torch.randn(6, 4 * n_heads, generator=torch.Generator().manual_seed(1))
    network.initialise(table, seed=2)
    return network


def measured(network, *batches, seen=None):
    found = Disagreement()
    for sentences in batches:
        shown = seen_of(*sentences)

        def look(work, shown=shown):
            found.add(work, shown)
            if seen is not None:
                seen.append(work)

        look_through(network, shown.batch, look)
    return found.result()


def test_divergence_is_the_square_of_scipys_distance():
    weights = torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(0)).double()
    weights = (8 * weights).softmax(-1)
    for head in range(3):
        found = jensen_shannon(weights[:, head : head + 1], weights)
        expected = jensenshannon(weights[:, head, None].numpy(), weights.numpy(), axis=-1) ** 2
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)
    assert expected.max() > 0.1


def test_a_twin_looks_and_writes_the_same():
    found = measured(planted.planted_network(), SENTENCES)
    both = (0, planted.PREVIOUS, 0, planted.TWIN)
    assert found.divergence[both] == 0
    assert found.similarity[both] == pytest.approx(1, abs=1e-12)


def test_uniform_against_first_is_as_worked_out_by_hand():
    # Of 2 tokens: p = (1/2, 1/2), q = (1, 0), their mean (3/4, 1/4).
    found = measured(planted.planted_network(), [[4, 5]])
    mean = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    at = (0, planted.UNIFORM, 0, planted.FIRST)
    assert found.divergence[at] == pytest.approx(mean - math.log(2) / 2)
    # Of 1 token there is nothing to choose: the mean over 3 tokens is two thirds.
    found = measured(planted.planted_network(), [[4, 5], [3]])
    assert found.divergence[at] == pytest.approx((mean - math.log(2) / 2) * 2 / 3)


def test_heads_that_share_no_word_are_ln_2_apart():
    # From the second token on, EQUAL looks at the token itself and PREVIOUS at the one before.
    found = measured(planted.planted_network(), [[3, 4, 5]])
    expected = math.log(2) * 2 / 3
    assert found.divergence[0, planted.EQUAL, 0, planted.PREVIOUS] == pytest.approx(expected)


def test_heads_that_write_into_other_features_are_unlike_and_a_dead_one_has_no_likeness():
    found = measured(planted.planted_network(), SENTENCES).similarity[0, :, 0]
    assert found[planted.FIRST, planted.PREVIOUS] == 0
    assert found[planted.UNIFORM, planted.UNIFORM] == pytest.approx(1)
    assert np.isnan(found[planted.DEAD]).all()
    assert np.isnan(found[:, planted.DEAD]).all()


def test_likeness_leaves_out_the_tokens_that_a_head_does_not_write_to():
    found, seen = Disagreement(), seen_of([3, 4, 5])

    def look(work):
        value = work.value.clone()
        value[:, planted.EQUAL, 1] = 0  # where token 4 stands, EQUAL writes nothing
        found.add(replace(work, value=value), seen)

    look_through(planted.planted_network(), seen.batch, look)
    similarity = found.result().similarity[0, :, 0]
    assert similarity[planted.EQUAL, planted.EQUAL] == pytest.approx(1)
    assert similarity[planted.UNIFORM, planted.EQUAL] == 0


def test_likeness_is_that_of_what_reaches_d_model():
    seen = []
    found = measured(network_of(2, 3), [[1, 2, 3, 4, 5, 1], [2, 3, 5]], seen=seen)
    is_token = torch.tensor([[True] * 6, [True] * 3 + [False] * 3])
    written = []
    for work in seen:
        parts = work.output.double()
        written += [work.mixed[:, head].double() @ part for head, part in enumerate(parts)]
    for one, first in enumerate(written):
        for other, second in enumerate(written):
            cosine = torch.cosine_similarity(first, second, dim=-1)[is_token].mean()
            value = found.similarity[one // 3, one % 3, other // 3, other % 3]
            assert value == pytest.approx(float(cosine), abs=1e-9)


def test_heads_of_other_layers_are_compared_too():
    seen = []
    found = measured(network_of(3, 2), [[1, 2, 3, 4, 5, 1]], seen=seen)
    for one in range(3):
        for other in range(3):
            first, second = seen[one].weights[0, 1].double(), seen[other].weights[0, 0].double()
            expected = (jensenshannon(first.numpy(), second.numpy(), axis=-1) ** 2).mean()
            assert found.divergence[one, 1, other, 0] == pytest.approx(expected, abs=1e-6)
            assert found.divergence[other, 0, one, 1] == found.divergence[one, 1, other, 0]


def test_disagreement_is_the_mean_divergence_from_the_others_of_the_layer():
    found = measured(network_of(2, 3), [[1, 2, 3, 4, 5, 1]])
    within = found.divergence[1, :, 1]
    assert found.disagreement[1, 2] == pytest.approx((within[2, 0] + within[2, 1]) / 2)
    assert np.isnan(measured(network_of(2, 1), [[1, 2, 3]]).disagreement).all()


def test_without_layers_there_is_nothing_to_compare():
    assert Disagreement().result().disagreement.shape == (0, 0)


def test_padding_and_the_cut_into_batches_change_nothing():
    network = network_of(2, 3)
    together = measured(network, SENTENCES)
    alone = measured(network, *[[sentence] for sentence in SENTENCES])
    np.testing.assert_allclose(alone.divergence, together.divergence, atol=1e-6)
    np.testing.assert_allclose(alone.similarity, together.similarity, atol=1e-6)


def test_each_pair_of_heads_has_rows_that_name_the_other_head():
    between = np.array([[[[0.0], [0.5]]], [[[0.5], [0.0]]]])  # two layers of one head
    rows = list(Disagreements(between, np.where(between, np.nan, 1.0)).rows())

    def row(measure, layer, other, value):
        beside = {"other_layer": other, "other_head": 1} if other else {}
        return HeadRow(measure=measure, layer=layer, head=1, value=value, **beside)

    assert rows == [
        row("disagreement", 1, None, None), row("disagreement", 2, None, None),
        row("divergence", 1, 2, 0.5), row("divergence", 2, 1, 0.5),
        row("similarity", 1, 2, None), row("similarity", 2, 1, None),
    ]  # fmt: skip
