"""Section `objective`: what the model learns to say."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.params.kinds import Kinds
from pipeline.params.section import Section

Pooling = Literal["mean", "first", "attention"]


class TaggingObjective(Section):
    """A label on each word."""

    kind: Literal["tagging"]
    target: str | None
    """The column of annotations that is learned; null for the objective's usual one."""


class SpansParams(Section):
    """Neighbouring words that are something together."""

    scheme: Literal["bio", "iobes", "iob1"]
    """How the tags in the column say where a span begins and ends; iob1 is learned as bio."""
    decoding: Literal["constrained", "free"]
    """What is answered: the likeliest tags that can stand together, or each word's likeliest."""


class SpansObjective(Section):
    """Which words are a span, and of which kind."""

    kind: Literal["spans"]
    target: str | None
    """The column of annotations that is learned; null for the objective's usual one."""
    spans: SpansParams


class ClassificationParams(Section):
    """The labels of whole sentences."""

    labels: Literal["one", "several"]
    """Whether a sentence has one label, or any number of them."""
    pooling: Pooling
    """The sentence's vector: the mean of its tokens', the first token's, or a learned weighted
    mean."""
    unlabelled: Literal["error", "leave_out"]
    """What to do with a sentence without a label: stop, or train and measure without it."""
    class_weights: Literal["none", "balanced"]
    """How much each answer counts in training: alike, or so that every class counts as much in all;
    with several labels, a label's yes and its no."""
    thresholds: Literal["half", "validation"]
    """With several labels, above which probability each holds: one half, or what gives it the best
    F1 on validation."""


class ClassificationObjective(Section):
    """The labels of the whole sentence."""

    kind: Literal["classification"]
    target: str | None
    """The column of labels that is learned; null for the objective's usual one."""
    classification: ClassificationParams


class MaskedLmParams(Section):
    """The hidden words (Devlin et al. 2019)."""

    mask_share: Annotated[float, Field(gt=0, lt=1)]
    """Share of the tokens to predict."""


class MaskedLmObjective(Section):
    """The hidden words."""

    kind: Literal["masked_lm"]
    masked_lm: MaskedLmParams


class CausalLmObjective(Section):
    """The next token."""

    kind: Literal["causal_lm"]


ObjectiveParams = Annotated[
    TaggingObjective
    | SpansObjective
    | ClassificationObjective
    | MaskedLmObjective
    | CausalLmObjective,
    Field(discriminator="kind"),
]
KINDS = Kinds(
    "kind",
    {
        "tagging": TaggingObjective,
        "spans": SpansObjective,
        "classification": ClassificationObjective,
        "masked_lm": MaskedLmObjective,
        "causal_lm": CausalLmObjective,
    },
    shared=("target",),
)


def learning_whole(target: str, has_several: bool, has_unlabelled: bool) -> dict[str, object]:
    """What to set, by dotted names, to learn a column of labels of the whole."""
    return {
        "objective.kind": "classification",
        "objective.target": target,
        "objective.classification.labels": "several" if has_several else "one",
        "objective.classification.unlabelled": "leave_out" if has_unlabelled else "error",
    }


def learning_words(target: str) -> dict[str, object]:
    """What to set to learn a column with a label for each word."""
    return {"objective.kind": "tagging", "objective.target": target}


def learning_spans(target: str, scheme: str) -> dict[str, object]:
    """What to set to learn tags that say where spans are."""
    return {
        "objective.kind": "spans",
        "objective.target": target,
        "objective.spans.scheme": scheme,
    }


def learning_text() -> dict[str, object]:
    """What to set to learn from the text alone."""
    return {"objective.kind": "masked_lm", "objective.target": None}
