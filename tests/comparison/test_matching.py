import copy

import numpy as np
import pytest
import torch
from planted import N_HEADS, planted_batch, planted_network, swap_heads
from scipy.spatial.distance import jensenshannon

from pipeline.comparison.matching import Watched, divergences, match
from pipeline.study.watched import WatchedSentence, weights_on

SENTENCES = [[1, 2, 3, 4, 5, 2], [3, 3, 1, 5], [2, 4, 1, 1, 2, 5, 3]]


def watched(network):
    sentences = [WatchedSentence(tuple(map(str, it)), planted_batch(it)) for it in SENTENCES]
    tokens = tuple(sentence.tokens for sentence in sentences)
    return Watched(tokens, (tuple(weights_on(network, sentences)),), 1)


def shuffled(network, seed):
    """The same heads in other places, and where each of them is now."""
    changed, place = copy.deepcopy(network), list(range(N_HEADS))
    for one, other in np.random.default_rng(seed).integers(N_HEADS, size=(8, 2)):
        with torch.no_grad():
            swap_heads(changed, 0, one, other)
        place[one], place[other] = place[other], place[one]
    return changed, [place.index(head) for head in range(N_HEADS)]


@pytest.mark.parametrize("seed", range(5))
def test_heads_in_shuffled_places_are_found_without_an_error(seed):
    network = planted_network()
    other, place = shuffled(network, seed)
    ours, theirs = watched(network), watched(other)
    found = match(divergences(ours.weights, theirs.weights), ours, theirs)
    assert found.mean == pytest.approx(0, abs=1e-6)
    twins = {0, 1, 2, 3, 4, 5}
    for pair in found.pairs:
        assert pair.divergence == pytest.approx(0, abs=1e-6)
        at = place[pair.ours[1] - 1]
        seen = [theirs.weights[0][0, head] for head in (at, pair.theirs[1] - 1)]
        torch.testing.assert_close(*seen)  # PREVIOUS and its TWIN look alike: either will do
        twins.discard(at)
    assert {pair.theirs for pair in found.pairs} == {(1, head) for head in range(1, N_HEADS + 1)}


def test_random_heads_are_no_nearer_in_pairs_than_to_others():
    random = torch.Generator().manual_seed(0)

    def drawn():
        size = (1, 6, 30, 30)
        weights = torch.randn(size, generator=random).softmax(dim=-1)
        return Watched((("a",) * 30,), ((weights,),), 1)

    ours, theirs = drawn(), drawn()
    apart = divergences(ours.weights, theirs.weights)
    found = match(apart, ours, theirs)
    assert found.mean > 0.95 * apart.mean()
    assert found.mean > 0.15


def test_the_divergence_is_scipys():
    ours, theirs = watched(planted_network()), watched(shuffled(planted_network(), 1)[0])
    found = divergences(ours.weights, theirs.weights)
    for one, other in [(0, 3), (4, 5), (2, 2)]:
        rows = [
            jensenshannon(p, q) ** 2
            for first, second in zip(ours.weights, theirs.weights, strict=True)
            for p, q in zip(first[0, one].numpy(), second[0, other].numpy(), strict=True)
        ]
        assert found[one, other] == pytest.approx(np.mean(np.nan_to_num(rows)), abs=1e-5)


def test_of_more_heads_some_stay_alone():
    ours, theirs = watched(planted_network(n_layers=2)), watched(planted_network())
    found = match(divergences(ours.weights, theirs.weights), ours, theirs)
    assert len(found.pairs) == N_HEADS
    assert len(found.alone[0]) == N_HEADS
    assert found.alone[1] == ()
    assert {pair.theirs[0] for pair in found.pairs} == {1}
