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
    listed: str
    """What a list of the answers is: "The sentence, with what the model takes each word for"."""
    each: str
    """Whom it answers about: "for each word"."""
    at: str
    """What stands between an answer and whom it is about: "for"."""
    question: tuple[str, str | None]
    """What a quiz asks: before and after what is asked about; None: that is not named in it."""
    subject: str = ""
    """What an answer is about, where that is no word; of several, what each of them is."""
    no_parts: str = ""
    """Why no parts add up to a lead, where none do."""
    is_hidden: bool = False
    """Whether the word asked about is hidden from the model."""
