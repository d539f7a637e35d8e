"""What a model looks like, as it is kept beside its weights."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipeline.params import EncoderParams
from pipeline.tokens.encoding import Encoding

ObjectiveName = Literal["tagging", "masked_lm"]


class ModelShape(BaseModel):
    """All that is needed to build the model that the weights fit; evaluation trusts this alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: ObjectiveName
    vocab_size: int
    feature_rows: int
    max_length: int
    n_classes: int
    encoder: EncoderParams

    @property
    def is_causal(self) -> bool:
        """Whether a token sees what stands before it and nothing after: of no objective so far."""
        return False


def shape_for(encoding: Encoding, encoder: EncoderParams, objective: ObjectiveName) -> ModelShape:
    """The shape of a model that reads this encoding."""
    classes = {"tagging": len(encoding.labels), "masked_lm": encoding.vocab_size}
    return ModelShape(
        objective=objective,
        vocab_size=encoding.vocab_size,
        feature_rows=encoding.features.n_rows,
        max_length=encoding.max_length,
        n_classes=classes[objective],
        encoder=encoder,
    )


def classes_of(shape: ModelShape, encoding: Encoding) -> tuple[str, ...]:
    """What a model chooses from: labels, or the vocabulary's tokens."""
    return encoding.labels if shape.objective == "tagging" else encoding.vocabulary
