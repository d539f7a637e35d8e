import planted
import pytest
import torch

from pipeline.attention import attend
from pipeline.study.watching import all_weights, look_through

BATCH = planted.planted_batch([1, 2, 2, 4], [3, 5, 3, 1, 2, 2, 4, 5])


def random_network(n_layers):
    """Every layer's work reaches the next."""
    network = planted.planted_network(n_layers)
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3, generator=generator)
    return network


def test_watching_changes_no_bit():
    network, seen = random_network(2), []
    before = network(BATCH)
    during = network(BATCH, act=lambda work: seen.append((work.layer, work.weights)))
    assert [layer for layer, _ in seen] == [0, 1]
    assert torch.equal(before, during)
    alone = network(BATCH, after=lambda done: seen.append((2, done.vectors)))
    assert torch.equal(before, alone)
    assert torch.equal(network.encoder.norm(seen[-1][1]), before)


def test_looking_through_shows_what_the_explicit_weights_make_and_no_more():
    network, seen, fed = random_network(3), [], []
    network.encoder.blocks[-1].narrow.register_forward_hook(lambda *_: fed.append(1))
    look_through(network, BATCH, lambda work: seen.append(work.weights))
    assert not fed  # the rest of the pass is left out
    given = []

    def act(work):
        given.append(work.weights)
        return work.mixed

    network(BATCH, act=act)
    assert fed
    assert torch.equal(torch.stack(seen), torch.stack(given))
    assert torch.equal(all_weights(network, BATCH), torch.stack(given, dim=1))
    fused = []
    network(BATCH, act=lambda work: fused.append(work.weights))
    torch.testing.assert_close(torch.stack(fused), torch.stack(given))


def test_an_error_of_whoever_looks_is_not_taken_for_the_end():
    def look(work):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        look_through(random_network(1), BATCH, look)


def test_without_layers_there_are_no_weights():
    assert all_weights(planted.planted_network(n_layers=0), BATCH) is None


def test_what_is_put_in_the_place_of_the_heads_goes_on():
    network = planted.planted_network()
    same = network(BATCH, act=lambda work: attend(work.weights, work.value))
    torch.testing.assert_close(same, network(BATCH))
    nothing = network(BATCH, act=lambda work: torch.zeros_like(work.mixed))
    assert nothing[..., 14:20].std(dim=-1).max() < 1e-6  # no head has written
    assert same[..., 14:20].std(dim=-1).min() > 0.1


def test_what_a_layer_adds_is_what_its_heads_its_bias_and_its_feed_forward_write():
    network, works, done = random_network(2), [], []
    vectors = network.embedding(BATCH.input_ids, BATCH.feature_ids)
    network(BATCH, works.append, done.append)
    for work, layer in zip(works, done, strict=True):
        heads = torch.einsum("bhqd,hdm->bqm", work.mixed, work.output)
        vectors = vectors + heads + work.output_bias + layer.fed
        torch.testing.assert_close(layer.vectors, vectors, rtol=1e-4, atol=1e-4)


def test_the_planted_tagger_names_the_previous_token():
    network = planted.planted_network()
    scored = network.score(BATCH)
    assert scored.correct == 12
