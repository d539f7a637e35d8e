"""Token ids -> vectors: the embedding lookup."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from pipeline.tokens.features import NO_FEATURE
from pipeline.vectors.positions import sinusoidal_positions


class TokenEmbedding(nn.Module):
    """A token's vector: its row of the table, plus its sub-word parts', plus its position's.

    The parts are summed (Bojanowski et al. 2017, section 3.2). In training each of these vectors,
    the position's apart, is left out with probability `part_dropout`, and the others are scaled up
    for it (Srivastava et al. 2014, on whole vectors): so the model learns to read a word from its
    parts when it does not know the word. `positions` is learned or sinusoidal for a vector to add;
    anything else adds none here.
    """

    fixed_position: Float[Tensor, "token d_model"] | None

    def __init__(
        self,
        vocab_size: int,
        feature_rows: int,
        d_model: int,
        max_length: int,
        positions: str,
        part_dropout: float,
    ) -> None:
        super().__init__()
        self.token = nn.Embedding(vocab_size, d_model)
        self.feature = (
            nn.EmbeddingBag(feature_rows, d_model, mode="sum", padding_idx=NO_FEATURE)
            if feature_rows
            else None
        )
        self.position = nn.Embedding(max_length, d_model) if positions == "learned" else None
        fixed = fixed_positions(max_length, d_model) if positions == "sinusoidal" else None
        self.register_buffer("fixed_position", fixed, persistent=False)
        self.part_dropout = part_dropout

    def forward(
        self,
        input_ids: Int[Tensor, "batch token"],
        feature_ids: Int[Tensor, "batch token slot"],
    ) -> Float[Tensor, "batch token d_model"]:
        """Look every token up."""
        batch, length, slots = feature_ids.shape
        kept = self._kept_parts(batch * length, 1 + slots)
        vectors: Tensor = self.token(input_ids)
        if kept is not None:
            vectors = vectors * kept[:, 0].view(batch, length, 1)
        if self.feature is not None:
            weights = None if kept is None else kept[:, 1:].contiguous()
            parts = self.feature(feature_ids.flatten(0, 1), per_sample_weights=weights)
            vectors = vectors + parts.view_as(vectors)
        if self.position is not None:
            vectors = vectors + self.position.weight[:length]
        if self.fixed_position is not None:
            vectors = vectors + self.fixed_position[:length]
        return vectors

    def initialise(self, table: Float[Tensor, "vocab d_model"], generator: torch.Generator) -> None:
        """Start from the embed stage's table; the other rows are random and about as long."""
        with torch.no_grad():
            self.token.weight.copy_(table)
            for extra in (self.feature, self.position):
                if extra is not None:
                    extra.weight.normal_(0, float(table.std()), generator=generator)

    def _kept_parts(self, tokens: int, parts: int) -> Float[Tensor, "tokens parts"] | None:
        """In training, 0 for each vector left out and 1 / (1 - part_dropout) for the others."""
        if not (self.training and self.part_dropout):
            return None
        ones = torch.ones(
            tokens, parts, device=self.token.weight.device, dtype=self.token.weight.dtype
        )
        return nn.functional.dropout(ones, self.part_dropout)


def fixed_positions(length: int, d_model: int) -> Float[Tensor, "token d_model"]:
    """Sinusoidal positions in proportion to table rows of length about 1.

    Vaswani et al. 2017 (section 3.4) multiply the rows by sqrt(d_model) and leave the sinusoids
    as they are; dividing the sinusoids instead keeps the same proportion.
    """
    return sinusoidal_positions(length, d_model) / math.sqrt(d_model)
