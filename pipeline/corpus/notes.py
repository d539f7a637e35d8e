"""A corpus' card -> what a person must know before resting on a figure of it."""

from collections.abc import Iterator, Mapping
from typing import Any

SHOWN = 5
"""Labels that a sentence names."""


def corpus_notes(card: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing that the figures do not tell by themselves."""
    for split, counts in card["splits"].items():
        if counts.get("are_words_withheld"):
            yield (
                f'{split}: every word is "_": the treebank withholds its words; merge them in as '
                f"its README says, or nothing but labels and places can be learned"
            )


def unseen_notes(card: Mapping[str, Any], column: str) -> Iterator[str]:
    """A sentence for each split in which the column has values that train never has."""
    for split, counts in card["splits"].items():
        if unseen := counts.get("not_in_train", {}).get(column):
            unit = "sentence" if column in card["columns"]["labels"] else "word"
            named = ", ".join(map(repr, sorted(unseen)[:SHOWN]))
            more = f" and {len(unseen) - SHOWN} more" if len(unseen) > SHOWN else ""
            count = sum(unseen.values())
            yield (
                f"{split}: {count} {unit}{'s' * (count != 1)} with a label that train never has "
                f"({named}{more}): always counted as wrong, and in no loss"
            )
