"""Every objective's section of params.yaml, with small numbers."""

from pipeline.params.objective import (
    CausalLmObjective,
    ClassificationObjective,
    ClassificationParams,
    MaskedLmObjective,
    MaskedLmParams,
    TaggingObjective,
)


def classification(labels="one", pooling="mean", unlabelled="error", target=None):
    own = ClassificationParams(labels=labels, pooling=pooling, unlabelled=unlabelled)
    return ClassificationObjective(kind="classification", target=target, classification=own)


OBJECTIVES = {
    "tagging": TaggingObjective(kind="tagging", target=None),
    "classification": classification(),
    "masked_lm": MaskedLmObjective(kind="masked_lm", masked_lm=MaskedLmParams(mask_share=0.3)),
    "causal_lm": CausalLmObjective(kind="causal_lm"),
}
