"""The watched sentences' weights of many epochs -> few enough bytes for a page."""

import base64
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

BUDGET = 3_000_000
"""Bytes of weights, a byte each; in base64 a third more, so that a page stays below 5 MB."""
RAW_STEPS, EFFECTIVE_STEPS = 255, 127
"""Steps from 0 to 1. Half a step, the largest error, is 0.002 and 0.004."""


def pack_raw(weights: Float[Tensor, "*epoch layer head query key"]) -> str:
    """Weights in [0, 1] as unsigned bytes, 255 for 1, in base64."""
    return _packed(weights, RAW_STEPS, np.uint8)


def pack_effective(weights: Float[Tensor, "layer head query key"]) -> str:
    """Effective weights, in [-1, 1], as signed bytes, 127 for 1, in base64."""
    return _packed(weights, EFFECTIVE_STEPS, np.int8)


def sentences_that_fit(lengths: Sequence[int], heads: int, budget: int) -> list[int]:
    """Which sentences' weights of one epoch, raw and effective, fit: the longest go first.

    `lengths` in tokens; `heads` of all layers together; numbers from 0, in order.
    """
    kept = list(range(len(lengths)))
    while kept and 2 * heads * sum(lengths[i] ** 2 for i in kept) > budget:
        kept.remove(max(kept, key=lambda i: lengths[i]))
    return kept


def epochs_that_fit(epochs: int, kept: int, most: int) -> list[int]:
    """`most` of the epochs from 1 on, or all: evenly spread, but for `kept`, which is among them.

    The epoch next to `kept` makes room for it.
    """
    spread = np.linspace(1, epochs, max(1, min(epochs, most))).round().astype(int)
    spread[np.abs(spread - kept).argmin()] = kept
    return [int(epoch) for epoch in spread]


def _packed(weights: Tensor, steps: int, kind: type[np.uint8] | type[np.int8]) -> str:
    found = (weights.double() * steps).round().clamp(-steps, steps).to(torch.int16)
    return base64.b64encode(found.numpy().astype(kind).tobytes()).decode()
