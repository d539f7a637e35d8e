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
        if unseen := counts.get("labels_not_in_train"):
            named = ", ".join(map(repr, sorted(unseen)[:SHOWN]))
            more = f" and {len(unseen) - SHOWN} more" if len(unseen) > SHOWN else ""
            words = sum(unseen.values())
            yield (
                f"{split}: {words} word{'s' * (words != 1)} with a label that train never has "
                f"({named}{more}): always wrong, and without a loss"
            )
