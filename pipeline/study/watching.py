"""A batch -> its layers' heads at work, without what comes after the last of them."""

from collections.abc import Callable
from contextlib import suppress

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.model.network import Network


class _AllSeen(Exception):  # noqa: N818  (nothing has gone wrong)
    """Ends a pass whose rest nobody asks for."""


@torch.inference_mode()
def look_through(network: Network, batch: Batch, look: Callable[[LayerAtWork], None]) -> None:
    """Show every layer's heads at work, the first layer first.

    What comes after the last layer's heads is left out, so that a study of them costs less than a
    pass. What they mix by their explicit weights goes on to the next layer.
    """

    def act(work: LayerAtWork) -> Float[Tensor, "batch head query d_head"]:
        look(work)
        if work.layer + 1 == network.shape.encoder.n_layers:
            raise _AllSeen
        return work.mixed

    with suppress(_AllSeen):
        network(batch, act=act)


def all_weights(
    network: Network, batch: Batch
) -> Float[Tensor, "batch layer head query key"] | None:
    """Every head's weights on a batch; None where nothing attends."""
    found: list[Tensor] = []
    look_through(network, batch, lambda work: found.append(work.weights))
    return torch.stack(found, dim=1) if found else None
