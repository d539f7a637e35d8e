"""Token ids -> vectors: the embedding lookup."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from pipeline.vectors.positions import sinusoidal_positions


class TokenEmbedding(nn.Module):
    """A token's vector: its row of the table, plus its sub-word parts', plus its position's.

    The parts' rows are summed, as in fastText (Bojanowski et al. 2017, eq. 1 without the context).
    `positions` is learned or sinusoidal for a vector to add; anything else adds none here.
    """

    def __init__(
        self, vocab_size: int, feature_rows: int, d_model: int, max_length: int, positions: str,
        dropout: float,
    ) -> None:
        super().__init__()
        self.token = nn.Embedding(vocab_size, d_model)
        self.feature = nn.EmbeddingBag(feature_rows, d_model, mode="sum") if feature_rows else None
        self.position = nn.Embedding(max_length, d_model) if positions == "learned" else None
        fixed = sinusoidal_positions(max_length, d_model) if positions == "sinusoidal" else None
        self.register_buffer("fixed_position", fixed, persistent=False)
        self.norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        input_ids: Int[Tensor, "batch token"],
        feature_ids: Int[Tensor, "batch token slot"],
    ) -> Float[Tensor, "batch token d_model"]:
        """Look every token up."""
        vectors: Tensor = self.token(input_ids)
        if self.feature is not None:
            vectors = vectors + self.feature(feature_ids.flatten(0, 1)).view_as(vectors)
        length = input_ids.shape[1]
        if self.position is not None:
            vectors = vectors + self.position.weight[:length]
        if self.fixed_position is not None:
            vectors = vectors + self.fixed_position[:length]
        dropped: Tensor = self.dropout(self.norm(vectors))
        return dropped

    def initialise(
        self, table: Float[Tensor, "vocab d_model"], generator: torch.Generator
    ) -> None:
        """Start from the table that the embed stage made."""
        with torch.no_grad():
            self.token.weight.copy_(table)
            for extra in (self.feature, self.position):
                if extra is not None:
                    extra.weight.normal_(0, float(table.std()), generator=generator)
