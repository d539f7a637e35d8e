"""Section `evaluate`: what is measured of the trained model."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from pipeline.params.section import Lengths, Positive, Section


class EvaluateParams(Section):
    """What is measured of the trained model."""

    batch_tokens: Positive
    """Most tokens in a batch, padding counted; a longer sentence is a batch of its own."""
    bootstrap_samples: Positive
    """Resamples behind each interval (Efron 1979): of documents, or of sentences where no document
    is known."""
    interval_level: Annotated[float, Field(gt=0, lt=1)]
    """The intervals' level: the share of the resamples that each holds."""
    calibration_bins: Positive
    """Bins of confidence in the reliability figure (Guo et al. 2017)."""
    length_edges: Lengths
    """Upper edges, in words, of the groups of sentence length."""
    faithfulness_sentences: Annotated[int, Field(ge=0)]
    """Most validation sentences in which weights are exchanged and words hidden; 0: none."""

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        if list(self.length_edges) != sorted(set(self.length_edges)):
            raise ValueError(f"length_edges must rise, got {list(self.length_edges)}")
        return self
