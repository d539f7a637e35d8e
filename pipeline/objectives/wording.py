"""The words in which terminal and pages speak of an objective."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Parts of sentences, for a person."""

    model: str
    """What its model is called: "Tagging"."""
    unit: str
    """What has an answer: "word"."""
    class_name: str
    """What an answer is: "tag"."""
    verb: str
    """What stands between a word and its answer: "is taken for"."""
    answer: str
    """What a word is followed to: "its class"."""
    question: tuple[str, str | None]
    """What a quiz asks: before the word and after it; None: the word is not in it."""
    subject: str = ""
    """What the answer is about, where that is no word."""
    no_parts: str = ""
    """Why no parts add up to a lead, where none do."""
    is_hidden: bool = False
    """Whether the word asked about is hidden from the model."""
