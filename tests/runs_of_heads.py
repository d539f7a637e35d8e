"""The weights of runs whose heads are known: the same in other places, or drawn at random."""

import planted
import torch

from pipeline.study.watching import all_weights

SENTENCES = ([3, 4, 3, 5, 4], [4, 5, 5, 3], [3, 5, 4, 3, 3, 4, 5, 5])
DIFFERENT = [planted.PREVIOUS, planted.UNIFORM, planted.FIRST, planted.DEAD]
"""Of these no two look alike."""


def planted_run(order):
    """The weights of planted heads, in another order."""
    network = planted.planted_network()
    batches = [planted.planted_batch(sentence) for sentence in SENTENCES]
    return [all_weights(network, batch)[0][:, order] for batch in batches]


def random_run(seed, heads=4, sharpness=2.0):
    generator = torch.Generator().manual_seed(seed)
    return [
        (sharpness * torch.randn(2, heads, n, n, generator=generator)).softmax(dim=-1)
        for n in (5, 9, 14)
    ]
