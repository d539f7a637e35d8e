"""Section `encoder`: the shape of the model."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.params.section import Dropout, Positive, Section


class EncoderParams(Section):
    """The model's shape."""

    d_model: Positive
    """Features of a token's vector."""
    n_heads: Positive
    """Attention heads; each works on d_model / n_heads features."""
    n_layers: Annotated[int, Field(ge=0)]
    """Blocks of attention and feed-forward."""
    d_ff: Positive
    """Features inside the feed-forward network."""
    dropout: Dropout
    """Share of features zeroed in training, on each residual branch and inside the feed-forward."""
    part_dropout: Dropout
    """Share of the vectors that a token's vector is the sum of (its own, its sub-word parts')
    left out in training."""
    positions: Literal["learned", "sinusoidal", "rotary", "none"]
    """How the model knows where a token stands."""
    attention: Literal["learned", "even"]
    """Whether heads learn where to look, or look at all tokens that they see alike: what learning
    where to look is worth."""

    @model_validator(mode="after")
    def _heads_divide_the_model(self) -> Self:
        if self.d_model % self.n_heads:
            fits = [str(n) for n in range(1, self.d_model + 1) if self.d_model % n == 0]
            raise ValueError(
                f"d_model must be divisible by n_heads, got {self.d_model} and {self.n_heads}: "
                f"choose n_heads from {', '.join(fits)}"
            )
        if self.positions == "rotary" and (self.d_model // self.n_heads) % 2:
            raise ValueError(
                f"rotary positions turn pairs of features, so d_model / n_heads must be even, "
                f"got {self.d_model // self.n_heads}: choose another n_heads or positions"
            )
        return self
