"""Token stores -> the batches that one process sees, in order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from pipeline.model.batch import Batch
from pipeline.tokens.batches import SentenceIds, TokenBatch, gather
from pipeline.tokens.encoding import NO_LABEL
from pipeline.tokens.store import TokenStore


@dataclass(frozen=True)
class Part:
    """One process's share of a batch, and how many targets the whole batch has."""

    batch: Batch
    targets_of_whole: int

    def to(self, device: torch.device | str, **how: Any) -> "Part":
        """Move the tensors; Lightning calls this."""
        return replace(self, batch=self.batch.to(device, **how))


@dataclass(frozen=True)
class PartLoader:
    """Batches cut into `parts`, of which this process computes every `world`-th.

    A batch is one step of the optimiser wherever it is computed: its targets are drawn before it
    is cut, and each part knows how many the whole has, so that the parts' gradients add up to the
    whole's. Every process makes the same number of parts, empty ones among them.
    """

    store: TokenStore
    plan: Sequence[SentenceIds]
    prepare: Callable[[TokenBatch], TokenBatch]
    parts: int
    rank: int
    world: int

    def __len__(self) -> int:
        return len(self.plan) * self.parts // self.world

    def __iter__(self) -> Iterator[Part]:
        for sentences in self.plan:
            tokens = self.prepare(gather(self.store, sentences))
            targets = int((tokens.target_ids >= 0).sum())
            for part in range(self.rank, self.parts, self.world):
                yield Part(Batch.of(_cut(tokens, part, self.parts)), targets)


def _cut(tokens: TokenBatch, part: int, parts: int) -> TokenBatch:
    """Every `parts`-th sentence; where none is left, one sentence that asks nothing."""
    if parts == 1:
        return tokens
    if part < len(tokens.sentence):
        return _rows(tokens, slice(part, None, parts))
    first = _rows(tokens, slice(0, 1))
    return replace(first, target_ids=np.full_like(first.target_ids, NO_LABEL))


def _rows(tokens: TokenBatch, rows: slice) -> TokenBatch:
    return TokenBatch(**{name: array[rows] for name, array in vars(tokens).items()})
