"""A line of the terminal -> a sentence of a page."""

from pipeline.pages.said import sentence_case

OURS = ("no difference ", "refused, ", "the runs of ", "of more than ", "another sweep ")
"""How lines begin that begin with no name: a name keeps its letters as they are."""


def as_sentence(said: str) -> str:
    """With a stop, and a large letter where it begins with a word of ours."""
    return f"{sentence_case(said) if said.startswith(OURS) else said}."
