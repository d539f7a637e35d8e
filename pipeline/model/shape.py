"""What a model looks like, as it is kept beside its weights."""

from pydantic import BaseModel, ConfigDict

from pipeline.objectives.objective import Classes, Objective
from pipeline.objectives.registry import objective_of
from pipeline.params.encoder import EncoderParams
from pipeline.params.objective import ObjectiveParams
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.special import SpecialTokens, Vocabulary


class ModelShape(BaseModel):
    """All that is needed to build the model that the weights fit; evaluation trusts this alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: ObjectiveParams
    vocab_size: int
    special: SpecialTokens
    feature_rows: int
    max_length: int
    classes: tuple[str, ...] | None
    """What it chooses from, by number; None: the tokens of the vocabulary."""
    asked: tuple[str, ...] | None
    """Where several things are asked of each sentence, what each is called."""
    encoder: EncoderParams
    thresholds: tuple[float, ...] | None = None
    """Of each of `asked`, the probability above which it holds; None: one half."""

    @property
    def is_causal(self) -> bool:
        """Whether a token sees those before it alone."""
        return objective_of(self.objective).is_causal

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens that it reads."""
        return Vocabulary(self.vocab_size, self.special)

    @property
    def choices(self) -> Classes:
        """What it chooses from, as its objective has it."""
        return Classes(self.classes, self.asked, self.thresholds)

    @property
    def n_classes(self) -> int:
        """How many it chooses from."""
        return self.vocab_size if self.classes is None else len(self.classes)


def shape_for(
    encoding: Encoding, encoder: EncoderParams, objective: Objective, classes: Classes
) -> ModelShape:
    """The shape of a model that reads this encoding."""
    return ModelShape(
        objective=objective.params,
        vocab_size=encoding.vocab_size,
        special=encoding.special,
        feature_rows=encoding.features.n_rows,
        max_length=encoding.max_length,
        classes=classes.names,
        asked=classes.asked,
        encoder=encoder,
    )


def classes_of(shape: ModelShape, encoding: Encoding) -> tuple[str, ...]:
    """What a model chooses from, by name."""
    return encoding.vocabulary if shape.classes is None else shape.classes
