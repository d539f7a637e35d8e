"""What the server may be asked, and what it answers: the forms of its JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.serving.rows import GivenRow, asked_row

ROWS = 256
"""Of one request."""
LETTERS = 20_000
"""Of one text."""
WORDS = 4_000
"""Of one sentence."""


class Sentence(BaseModel):
    """A text to be cut into words, or the words; and the second text, where they are a pair."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(None, max_length=LETTERS, examples=["The cat sat on the mat"])
    words: list[str] | None = Field(None, max_length=WORDS)
    second: str | None = Field(None, max_length=LETTERS)

    @model_validator(mode="after")
    def _one(self) -> "Sentence":
        if (self.text is None) == (self.words is None):
            told = "neither" if self.text is None else "both"
            raise ValueError(f"expected `text` or `words`, found {told}")
        return self

    @property
    def row(self) -> GivenRow:
        """As a row."""
        return asked_row(self.model_dump(exclude_none=True))


class Question(BaseModel):
    """Sentences to answer about."""

    model_config = ConfigDict(extra="forbid")

    rows: list[Sentence] = Field(min_length=1, max_length=ROWS)


class AnsweredRow(BaseModel):
    """A row with its answer, or with the reason why it has none."""

    model_config = ConfigDict(extra="allow")

    prediction: Any
    """Of a whole sentence a text, else a list: an entry a word."""
    probability: float | list[float] | None
    error: str | None = None


class Answers(BaseModel):
    """The rows in their order."""

    rows: list[AnsweredRow]


class Refusal(BaseModel):
    """Why a request has no answer."""

    detail: str


class Attention(BaseModel):
    """Where every head looks, in the sentence as it is written."""

    words: list[str]
    tokens: list[str]
    weights: list[list[list[list[float]]]] = Field(
        description="By layer, head, the token that looks, and the token that is looked at."
    )


class Health(BaseModel):
    """Which model answers, and what it may be asked."""

    status: str
    model: str
    objective: str
    n_layers: int
    n_heads: int
    max_tokens: int
