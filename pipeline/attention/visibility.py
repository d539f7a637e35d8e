"""Which tokens each token can see: padding, and what comes later, are out of sight."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor


@dataclass(frozen=True)
class Visibility:
    """What attention may look at, the same in every head and layer."""

    is_token: Bool[Tensor, "batch key"] | None
    """False: padding, or hidden, and seen by none. None: all are tokens."""
    is_causal: bool
    """Whether a token sees itself and what stands before it, and nothing after."""

    def mask(self, tokens: int, device: torch.device) -> Bool[Tensor, "#batch 1 #query key"] | None:
        """True where the query sees the key; None where every token sees every other."""
        seen = None if self.is_token is None else self.is_token[:, None, None, :]
        if not self.is_causal:
            return seen
        earlier = torch.ones(tokens, tokens, dtype=torch.bool, device=device).tril()
        return earlier[None, None] if seen is None else earlier & seen

    def pairs(
        self, batch: int, tokens: int, device: torch.device
    ) -> Bool[Tensor, "batch query key"]:
        """True where a token sees a token: as `mask`, with no True in the rows of padding."""
        every = torch.ones(batch, tokens, tokens, dtype=torch.bool, device=device)
        seen = self.mask(tokens, device)
        if seen is not None:
            every &= seen[:, 0]
        return every if self.is_token is None else every & self.is_token[:, :, None]

    def telling_rows(
        self, batch: int, tokens: int, device: torch.device
    ) -> Bool[Tensor, "batch query"]:
        """Whose weights say something of a head: every token's where all are seen.

        A causal row that sees one token alone has weight 1 there, whatever the head does: it says
        nothing.
        """
        pairs = self.pairs(batch, tokens, device)
        return pairs.sum(dim=-1) > 1 if self.is_causal else pairs.any(dim=-1)
