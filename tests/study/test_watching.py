import planted
import torch

from pipeline.attention import attend
from pipeline.model.batch import Batch
from pipeline.study.watching import look_through, watched

BATCH = Batch.of(planted.planted_tokens([1, 2, 2, 4], [3, 5, 3, 1, 2, 2, 4, 5]))


def test_watching_changes_no_bit_and_ends_with_its_block():
    network, seen = planted.planted_network(n_layers=2), []
    before = network(BATCH).vectors
    with watched(network, lambda work: seen.append(work.layer)):
        during = network(BATCH).vectors
    assert seen == [0, 1]
    network(BATCH)
    assert seen == [0, 1]
    assert torch.equal(before, during)


def test_the_watched_weights_are_those_that_the_network_gives():
    network, seen = planted.planted_network(n_layers=2), []
    with watched(network, lambda work: seen.append(work.weights)):
        given = network(BATCH, returns_weights=True).weights
    assert torch.equal(torch.stack(seen, dim=1), given)


def test_looking_through_shows_the_weights_that_the_network_gives():
    torch.manual_seed(0)
    network, seen = planted.planted_network(n_layers=3), []
    for parameter in network.parameters():  # so that every layer's work reaches the next
        torch.nn.init.normal_(parameter, std=0.3)
    look_through(network, BATCH, lambda work: seen.append(work.weights))
    given = network(BATCH, returns_weights=True).weights
    torch.testing.assert_close(torch.stack(seen, dim=1), given)


def test_what_is_put_in_the_place_of_the_heads_goes_on():
    network = planted.planted_network()
    with watched(network, lambda work: attend(work.weights, work.value)):
        same = network(BATCH).vectors
    torch.testing.assert_close(same, network(BATCH).vectors)
    with watched(network, lambda work: torch.zeros_like(work.mixed)):
        nothing = network(BATCH).vectors
    assert nothing[..., 14:20].std(dim=-1).max() < 1e-6  # no head has written
    assert same[..., 14:20].std(dim=-1).min() > 0.1


def test_the_planted_tagger_names_the_previous_token():
    network = planted.planted_network()
    scored = network.score(BATCH)
    assert scored.correct == 12
