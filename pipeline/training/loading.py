"""Token stores -> the batches that one process sees, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from pipeline.model.batch import Batch
from pipeline.objectives.objective import Prepare
from pipeline.objectives.question import Question
from pipeline.tokens.batches import SentenceIds, gather
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
    prepare: Prepare
    parts: int
    rank: int
    world: int

    def __len__(self) -> int:
        return len(self.plan) * self.parts // self.world

    def __iter__(self) -> Iterator[Part]:
        for sentences in self.plan:
            question = self.prepare(gather(self.store, sentences))
            targets = question.targets
            for part in range(self.rank, self.parts, self.world):
                yield Part(Batch.of(_cut(question, part, self.parts)), targets)


def _cut(question: Question, part: int, parts: int) -> Question:
    """Every `parts`-th sentence; where none is left, one sentence that asks nothing."""
    if parts == 1:
        return question
    if part < len(question.target_ids):
        return question.rows(slice(part, None, parts))
    return question.rows(slice(0, 1)).unasked()
