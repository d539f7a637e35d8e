"""A section of params.yaml, and the kinds of numbers that sections are made of."""

import codecs
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Dropout = Annotated[float, Field(ge=0, lt=1)]
Lengths = Annotated[tuple[Positive, ...], Field(strict=False)]
Words = Annotated[tuple[str, ...], Field(strict=False)]


class Section(BaseModel):
    """A part of params.yaml: no unknown keys, no defaults, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _summing_to_one(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    if abs(sum(shares) - 1) > 1e-9 or not all(shares):
        raise ValueError(f"shares must be three positive shares that sum to 1, got {list(shares)}")
    return shares


Shares = Annotated[tuple[Share, Share, Share], Field(strict=False), AfterValidator(_summing_to_one)]
"""Of train, validation and test."""


def _known_encoding(name: str) -> str:
    try:
        if codecs.lookup(name)._is_text_encoding:
            return name
    except LookupError:
        pass
    raise ValueError(
        f"{name!r} is no encoding that Python knows: utf-8, utf-16, windows-1252 and others are"
    )


Encoding = Annotated[str, AfterValidator(_known_encoding)]
"""How the characters of a file are written, by a name that Python knows."""
