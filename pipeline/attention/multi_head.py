"""Vectors -> several heads that attend each in its own subspace -> vectors."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from pipeline.attention.layer_at_work import Act, LayerAtWork
from pipeline.attention.scaled_dot_product import fused_attention
from pipeline.attention.visibility import Visibility
from pipeline.vectors.positions import Rotation, rotate


def split_heads(
    vectors: Float[Tensor, "batch token d_model"], n_heads: int
) -> Float[Tensor, "batch head token d_head"]:
    """Give each head its own share of the features: 64 become 4 heads of 16."""
    batch, token, d_model = vectors.shape
    return vectors.view(batch, token, n_heads, d_model // n_heads).transpose(1, 2)


def join_heads(
    heads: Float[Tensor, "batch head token d_head"],
) -> Float[Tensor, "batch token d_model"]:
    """Put the heads' features side by side again: 4 heads of 16 become 64."""
    return heads.transpose(1, 2).flatten(start_dim=2)


class MultiHeadAttention(nn.Module):
    """Every token looks at every token that it can see, in n_heads ways at once.

    Concat(head_1, ..., head_h) W^O with head_i = Attention(X W_i^Q, X W_i^K, X W_i^V)
    (Vaswani et al. 2017, section 3.2.2), each linear map with a bias; all W_i^Q, W_i^K, W_i^V are
    rows of one matrix. The weights have no dropout: the weights that are looked at are the weights
    that were trained. Where `is_even`, every query is 0, so that a token looks at all that it sees
    alike, whatever was learned.
    """

    def __init__(self, d_model: int, n_heads: int, is_even: bool = False) -> None:
        super().__init__()
        self.n_heads, self.is_even = n_heads, is_even
        self.query_key_value = nn.Linear(d_model, 3 * d_model)
        self.output = nn.Linear(d_model, d_model)

    def forward(
        self,
        vectors: Float[Tensor, "batch token d_model"],
        visibility: Visibility,
        rotation: Rotation | None,
        act: Act | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch token d_model"]:
        """Mix each token's vector with those that its heads look at, or as `act` says.

        `layer` is the number that `act` is told. Where `act` returns None, the kernel that keeps
        no weights does the work, as it does without one.
        """
        query, key, value = self.project(vectors, rotation)
        mixed = None
        if act is not None:
            by_head, bias = self.output_by_head(), self.output.bias
            mixed = act(LayerAtWork(layer, query, key, value, visibility, by_head, bias))
        if mixed is None:
            mixed = fused_attention(query, key, value, visibility)
        result: Tensor = self.output(join_heads(mixed))
        return result

    def project(
        self, vectors: Float[Tensor, "batch token d_model"], rotation: Rotation | None
    ) -> tuple[
        Float[Tensor, "batch head token d_head"],
        Float[Tensor, "batch head token d_head"],
        Float[Tensor, "batch head token d_head"],
    ]:
        """Each head's query, key and value of every token; rotary positions turn the first two."""
        # Queries and keys are turned together: their heads lie side by side.
        turned, value = self.query_key_value(vectors).tensor_split((2 * vectors.shape[-1],), dim=-1)
        turned = split_heads(turned, 2 * self.n_heads)
        if rotation is not None:
            turned = rotate(turned, rotation)
        query, key = turned.chunk(2, dim=1)
        if self.is_even:
            query = torch.zeros_like(query)
        return query, key, split_heads(value, self.n_heads)

    def output_by_head(self) -> Float[Tensor, "head d_head d_model"]:
        """W^O, cut into the rows that each head's features meet."""
        d_model = self.output.weight.shape[0]
        return self.output.weight.T.view(self.n_heads, -1, d_model)

    def initialise(self, generator: torch.Generator) -> None:
        """Glorot-uniform projections, zero biases, as Vaswani et al. 2017's released code."""
        for linear in (self.query_key_value, self.output):
            nn.init.xavier_uniform_(linear.weight, generator=generator)
            nn.init.zeros_(linear.bias)
