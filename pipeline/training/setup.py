"""What a training begins with, in values: sections of params.yaml, and what they were made into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from pipeline.model.shape import ModelShape
from pipeline.objectives.objective import AskedSplit
from pipeline.params.encoder import EncoderParams
from pipeline.params.objective import ObjectiveParams
from pipeline.params.train import TrainParams


class Settings(NamedTuple):
    """All that params.yaml says of a training."""

    encoder: EncoderParams
    objective: ObjectiveParams
    train: TrainParams
    seed: int


@dataclass(frozen=True)
class Setup:
    """What a network is made from, and what it is to learn from."""

    shape: ModelShape
    table: Float[Tensor, "vocab d_model"]
    """The first vectors."""
    train: AskedSplit
    validation: AskedSplit
    seed: int
    class_weights: Float[Tensor, "place class"] | None = None
    """How much a class counts at each place of a sentence; None: all alike."""
    start: Mapping[str, Tensor] | None = None
    """First weights of the embedding and the blocks, by their names in the network."""
