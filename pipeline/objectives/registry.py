"""Every objective by its kind: the only place that lists them."""

from typing import Any

from pipeline.objectives.causal_lm import CausalLm
from pipeline.objectives.classification import Classification
from pipeline.objectives.masked_lm import MaskedLm
from pipeline.objectives.objective import Objective
from pipeline.objectives.spans import Spans
from pipeline.objectives.tagging import Tagging

OBJECTIVES: dict[str, type[Objective]] = {
    one.kind: one for one in (Tagging, Spans, Classification, MaskedLm, CausalLm)
}


def objective_of(params: Any) -> Objective:
    """The objective that the section `objective` of params.yaml, or of a model's shape, names."""
    return OBJECTIVES[params.kind](params)
