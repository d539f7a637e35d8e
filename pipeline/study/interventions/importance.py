"""How much the loss leans on each head: the gradient of a gate at its output."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.study.about import About, Family, Headline
from pipeline.study.interventions.sums import SentenceSums, sentence_sums

IMPORTANCE = About(
    "importance",
    Family.OWED,
    title="importance by gate",
    unit="nats",
    meaning="How strongly the loss reacts, in either direction, when the head is turned down a "
    "little; sentence by sentence.",
    caveat="It is measured with the head fully on. Turning it off completely can matter less, or "
    "more.",
    source="Michel et al. 2019, eq. 2",
    headline=Headline("gate", 70),
)
ABOUTS = (IMPORTANCE,)


@dataclass(frozen=True)
class Leaning:
    """What the open heads are worth together, and each of them."""

    importance: Float[np.ndarray, "layer head"]
    """I_h >= 0, in nats a target; 0 for a closed head."""
    sums: SentenceSums
    """How the model fares with the open heads, sentence by sentence."""


def gate_importance(
    network: Network, batches: Sequence[Batch], is_open: Bool[np.ndarray, "layer head"]
) -> Leaning:
    """I_h = sum_x |dL(x)/dxi_h| / targets (Michel et al. 2019, eq. 2), the other heads closed.

    The gate xi_h multiplies what head h gives and stands at 1; each sentence x has a gate of its
    own, so that what helps one and harms another does not cancel out. L(x) is the sum over the
    sentence's targets; divided by all targets, I_h is the first-order bound of what closing the
    head changes in the loss. It is not divided by the layer's length as in the paper's section 4.1.

    Raises:
        ValueError: there is no target.
    """
    total = np.zeros(is_open.shape)
    parts: list[SentenceSums] = []
    closed = torch.from_numpy(~is_open)
    for batch in batches:
        shape = (len(is_open), len(batch.input_ids), is_open.shape[1])
        gates = torch.ones(shape).masked_fill(closed[:, None], 0).requires_grad_()

        def act(work: LayerAtWork, gates: Tensor = gates) -> Tensor:
            return work.mixed * gates[work.layer][:, :, None, None]

        sums, loss = sentence_sums(network, batch, act)
        (slope,) = torch.autograd.grad(loss, gates)
        total += slope.double().abs().sum(dim=1).numpy()
        parts.append(sums)
    whole = SentenceSums.joined(parts)
    return Leaning(np.where(is_open, total / whole.targets.sum(), 0), whole)
