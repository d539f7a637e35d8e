"""NumPy token batches -> tensors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from pipeline.tokens.batches import TokenBatch


@dataclass(frozen=True)
class Batch:
    """What the model reads, and what it is asked."""

    input_ids: Int[Tensor, "batch token"]
    feature_ids: Int[Tensor, "batch token slot"]
    is_token: Bool[Tensor, "batch token"] | None
    """None: no padding anywhere, so that the kernel without a mask can be used."""
    target_at: Int[Tensor, " target"]
    """Where there is something to predict: an index into batch x token."""
    target_ids: Int[Tensor, " target"]
    """The class to predict there."""

    @classmethod
    def of(cls, tokens: TokenBatch) -> "Batch":
        """Make tensors; the places of the targets are found here, not on the device."""
        at = np.flatnonzero(tokens.target_ids >= 0)
        return cls(
            input_ids=torch.from_numpy(tokens.input_ids),
            feature_ids=torch.from_numpy(tokens.feature_ids),
            is_token=None if tokens.is_token.all() else torch.from_numpy(tokens.is_token),
            target_at=torch.from_numpy(at),
            target_ids=torch.from_numpy(tokens.target_ids.ravel()[at].astype(np.int64)),
        )

    def to(self, device: torch.device | str, **how: Any) -> "Batch":
        """Move every tensor; Lightning calls this."""
        return Batch(
            input_ids=self.input_ids.to(device, **how),
            feature_ids=self.feature_ids.to(device, **how),
            is_token=None if self.is_token is None else self.is_token.to(device, **how),
            target_at=self.target_at.to(device, **how),
            target_ids=self.target_ids.to(device, **how),
        )
