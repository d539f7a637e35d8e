"""A section of params.yaml, and the kinds of numbers that sections are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Dropout = Annotated[float, Field(ge=0, lt=1)]
Lengths = Annotated[tuple[Positive, ...], Field(strict=False)]
Words = Annotated[tuple[str, ...], Field(strict=False)]


class Section(BaseModel):
    """A part of params.yaml: no unknown keys, no defaults, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
