"""What is asked of NumPy token batches -> tensors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from pipeline.objectives.question import Question
from pipeline.tokens.batches import TokenBatch


@dataclass(frozen=True)
class Batch:
    """What the model reads, and what it is asked."""

    input_ids: Int[Tensor, "batch token"]
    feature_ids: Int[Tensor, "batch token slot"]
    is_token: Bool[Tensor, "batch token"] | None
    """None: no padding anywhere, so that the kernel without a mask can be used."""
    target_at: Int[Tensor, " target"]
    """Where there is something to predict: an index into batch x place."""
    target_ids: Int[Tensor, " target"]
    """The class to predict there."""
    places: int
    """Places of each sentence: its tokens, or what is asked of it as a whole."""

    @classmethod
    def of(cls, question: Question) -> "Batch":
        """Make tensors; the places of the targets are found here, not on the device."""
        tokens, asked = question.tokens, question.target_ids
        at = np.flatnonzero(asked >= 0)
        return cls(
            input_ids=torch.from_numpy(tokens.input_ids),
            feature_ids=torch.from_numpy(tokens.feature_ids),
            is_token=None if tokens.is_token.all() else torch.from_numpy(tokens.is_token),
            target_at=torch.from_numpy(at),
            target_ids=torch.from_numpy(asked.ravel()[at].astype(np.int64)),
            places=asked.shape[1],
        )

    @classmethod
    def of_tokens(cls, tokens: TokenBatch) -> "Batch":
        """Make tensors of tokens of which nothing is asked."""
        return cls.of(Question.of_tokens(tokens))

    def to(self, device: torch.device | str, **how: Any) -> "Batch":
        """Move every tensor; Lightning calls this."""
        return Batch(
            input_ids=self.input_ids.to(device, **how),
            feature_ids=self.feature_ids.to(device, **how),
            is_token=None if self.is_token is None else self.is_token.to(device, **how),
            target_at=self.target_at.to(device, **how),
            target_ids=self.target_ids.to(device, **how),
            places=self.places,
        )
