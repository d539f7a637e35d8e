import planted
import pytest
import torch
from heads_measured import grids, watched

from pipeline.study.measures.rollout import MEASURE, rollout

# Two tokens, two layers of two heads; worked by hand:
# layer 1: mean [[1, 0], [.6, .4]], with the residual [[1, 0], [.3, .7]];
# layer 2: mean [[.5, .5], [.2, .8]], with the residual [[.75, .25], [.1, .9]];
# the product is [[.75 + .075, .175], [.1 + .27, .63]].
LAYERS = (
    torch.tensor([[[[1.0, 0.0], [0.8, 0.2]], [[1.0, 0.0], [0.4, 0.6]]]]),
    torch.tensor([[[[0.5, 0.5], [0.4, 0.6]], [[0.5, 0.5], [0.0, 1.0]]]]),
)


def test_rollout_is_the_product_worked_by_hand():
    first = rollout(LAYERS[0], None)
    torch.testing.assert_close(first, torch.tensor([[[1.0, 0.0], [0.3, 0.7]]]))
    second = rollout(LAYERS[1], first)
    torch.testing.assert_close(second, torch.tensor([[[0.825, 0.175], [0.37, 0.63]]]))


def test_the_rollout_of_planted_layers_is_their_product_and_ignores_padding():
    seen = []

    def act(work):
        seen.append(work.weights)
        return work

    network = planted.planted_network(n_layers=2)
    found = grids(watched(MEASURE, network, ([3, 4, 3, 5, 3], [4, 5]), act=act))
    both = []
    for row, n in ((0, 5), (1, 2)):
        below, above = (
            (weights[row, :, :n, :n].mean(dim=0) + torch.eye(n)) / 2 for weights in seen
        )
        both.append(above @ below)
    own = sum(float(one.trace()) for one in both) / 7
    assert found["rollout_self"][1] == pytest.approx(own, rel=1e-5)
    nats = sum(float(torch.special.entr(one).sum()) for one in both) / 7
    assert found["rollout_entropy"][1] == pytest.approx(nats, rel=1e-5)
