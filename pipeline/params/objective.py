"""Section `objective`: what the model learns to say."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.params.kinds import Kinds
from pipeline.params.section import Section


class TaggingObjective(Section):
    """A label on each word."""

    kind: Literal["tagging"]
    target: str | None
    """The column of annotations that is learned; null for the objective's usual one."""


class MaskedLmParams(Section):
    """The hidden words (Devlin et al. 2019)."""

    mask_share: Annotated[float, Field(gt=0, lt=1)]
    """Share of the tokens to predict."""


class MaskedLmObjective(Section):
    """The hidden words."""

    kind: Literal["masked_lm"]
    masked_lm: MaskedLmParams


ObjectiveParams = TaggingObjective | MaskedLmObjective
KINDS = Kinds(
    "kind", {"tagging": TaggingObjective, "masked_lm": MaskedLmObjective}, shared=("target",)
)
