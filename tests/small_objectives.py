"""Every objective's section of params.yaml, with small numbers."""

from pipeline.params.objective import (
    CausalLmObjective,
    ClassificationObjective,
    ClassificationParams,
    MaskedLmObjective,
    MaskedLmParams,
    SpansObjective,
    SpansParams,
    TaggingObjective,
)


def spans(scheme="bio", decoding="constrained", target=None):
    own = SpansParams(scheme=scheme, decoding=decoding)
    return SpansObjective(kind="spans", target=target, spans=own)


def classification(
    labels="one", pooling="mean", unlabelled="error", target=None, class_weights="none",
    thresholds="half",
):  # fmt: skip
    own = ClassificationParams(
        labels=labels, pooling=pooling, unlabelled=unlabelled, class_weights=class_weights,
        thresholds=thresholds,
    )  # fmt: skip
    return ClassificationObjective(kind="classification", target=target, classification=own)


OBJECTIVES = {
    "tagging": TaggingObjective(kind="tagging", target=None),
    "spans": spans(),
    "classification": classification(),
    "masked_lm": MaskedLmObjective(kind="masked_lm", masked_lm=MaskedLmParams(mask_share=0.3)),
    "causal_lm": CausalLmObjective(kind="causal_lm"),
}
