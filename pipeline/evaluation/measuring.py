"""What the measuring of an objective is given, and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluation.held_out import Sentences
from pipeline.evaluation.measured import Evidence
from pipeline.evaluation.predictions import Predictions
from pipeline.resampling import Resampling
from pipeline.tokens.store import TokenStore


@dataclass(frozen=True)
class Measurable:
    """A split's predictions, with what they may be held against."""

    predictions: Predictions
    forms: Sequence[str]
    """What stands at each position."""
    sentences: Sentences
    tokens: TokenStore
    train: Sentences
    train_tokens: TokenStore
    asked: tuple[str, ...] | None
    """Where several things are asked of each sentence, what each is called."""
    length_edges: Sequence[int]
    """The largest length of each group of sentences but the last, in words."""
    bins: int
    """Of the reliability table."""
    resampling: Resampling


@dataclass(frozen=True)
class Measuring:
    """How one objective is measured."""

    measure: Callable[[Measurable], Evidence]
    baselines: Callable[[Measurable], Mapping[str, float]]
    """What answers without a model reach, by name."""
