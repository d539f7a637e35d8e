"""What is measured of each objective: a registry whose keys are those of `objectives.registry`."""

from pipeline.evaluation.by_objective.causal_lm import CAUSAL_LM
from pipeline.evaluation.by_objective.classification import CLASSIFICATION
from pipeline.evaluation.by_objective.masked_lm import MASKED_LM
from pipeline.evaluation.by_objective.spans import SPANS
from pipeline.evaluation.by_objective.tagging import TAGGING
from pipeline.evaluation.measuring import Measuring

MEASURING: dict[str, Measuring] = {
    "tagging": TAGGING,
    "spans": SPANS,
    "classification": CLASSIFICATION,
    "masked_lm": MASKED_LM,
    "causal_lm": CAUSAL_LM,
}
