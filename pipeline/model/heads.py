"""Context-aware vectors -> logits: the last step of each objective."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from pipeline.model.shape import ObjectiveName


class TaggingHead(nn.Module):
    """One score for each label."""

    def __init__(self, d_model: int, n_classes: int) -> None:
        super().__init__()
        self.label = nn.Linear(d_model, n_classes)

    def forward(
        self,
        vectors: Float[Tensor, "target d_model"],
        table: Float[Tensor, "vocab d_model"],  # noqa: ARG002  (every head is called alike)
    ) -> Float[Tensor, "target class"]:
        """Score the labels of each vector."""
        logits: Tensor = self.label(vectors)
        return logits

    def initialise(self, generator: torch.Generator) -> None:
        """Small weights: at first every label is about as likely."""
        nn.init.normal_(self.label.weight, std=0.02, generator=generator)
        nn.init.zeros_(self.label.bias)


class MaskedWordHead(nn.Module):
    """One score for each token of the vocabulary; its class's vector is its row of the table.

    GELU and norm, then the tied table (Devlin et al. 2019, appendix A; Press and Wolf 2017).
    """

    def __init__(self, d_model: int, n_classes: int) -> None:
        super().__init__()
        self.transform = nn.Linear(d_model, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(
        self, vectors: Float[Tensor, "target d_model"], table: Float[Tensor, "vocab d_model"]
    ) -> Float[Tensor, "target class"]:
        """Score every token of the vocabulary for each vector."""
        ready = self.norm(nn.functional.gelu(self.transform(vectors)))
        return nn.functional.linear(ready, table, self.bias)

    def initialise(self, generator: torch.Generator) -> None:
        """Glorot-uniform transform, zero biases."""
        nn.init.xavier_uniform_(self.transform.weight, generator=generator)
        nn.init.zeros_(self.transform.bias)


HEADS: dict[ObjectiveName, type[TaggingHead] | type[MaskedWordHead]] = {
    "tagging": TaggingHead,
    "masked_lm": MaskedWordHead,
}
