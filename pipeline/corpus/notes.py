"""A corpus' card -> what a person must know before resting on a figure of it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.artifacts import SPLITS

SHOWN = 5
"""Labels that a sentence names."""
NUMBER = "a number as "
"""What is noticed of a label that is no text begins so."""
LETTERS = 60
"""Of an example that a sentence shows, so many."""


def corpus_notes(card: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing that the figures do not tell by themselves."""
    for split, counts in card["splits"].items():
        if counts.get("are_words_withheld"):
            yield (
                f'{split}: every word is "_": the treebank withholds its words; merge them in as '
                f"its README says, or nothing but labels and places can be learned"
            )


def stage_notes(card: Mapping[str, Any]) -> Iterator[str]:
    """All that is worth a line when a corpus was made."""
    yield from corpus_notes(card)
    yield from row_notes(card)
    yield from leak_notes(card)
    if "rejected" in card:  # labels of a person's own; a treebank's are what they are
        yield from label_notes(card)


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


def row_notes(card: Mapping[str, Any]) -> Iterator[str]:
    """What a person must know of the rows of their own files."""
    rejected = card.get("rejected", {"rows": 0})
    if rejected["rows"]:
        most = max(rejected["reasons"], key=rejected["reasons"].__getitem__)
        yield (
            f"{rejected['rows']:,} of {rejected['of']:,} rows are no examples (most: {most}): "
            f"data/corpus/rejected.jsonl has each with its file, row and reason"
        )
    numbers: Counter[str] = Counter()
    for held in card.get("found", {}).values():
        numbers.update({what: it["rows"] for what, it in held.get("noticed", {}).items()})
    examples = rejected.get("of", 0) - rejected["rows"]
    for file, held in card.get("found", {}).items():
        for what, noticed in held.get("noticed", {}).items():
            if what.startswith(NUMBER) and numbers[what] == examples:
                continue  # all are
            first = f"first in row {noticed['first']:,}"
            yield f"{file}: {what} in {_counted(noticed['rows'], 'row')}, {first}; kept as it is"


def leak_notes(card: Mapping[str, Any]) -> Iterator[str]:
    """What stands in several splits, or was left out because of that."""
    across = card.get("across_splits", {"leaks": [], "left_out": {}})
    for leak in across["leaks"]:
        one, other = (repr(text[:LETTERS]) for text in leak["twins"][0]["texts"])
        yield (
            f"{leak['split']}, examples that stand in {leak['before']} too: {leak['equal']:,} but "
            f"for case and signs, {leak['near']:,} nearly, such as {one} and {other}; "
            f"corpus.leaks: drop would leave them out of {leak['before']}"
        )
    if any(across["left_out"].values()):
        counts = [(split, across["left_out"][split]) for split in SPLITS]
        told = ", ".join(f"{count:,} of {split}" for split, count in counts if count)
        yield (
            f"left out, as an example that is equal or nearly so lies in another split: {told}; "
            f"data/corpus/left_out.jsonl has each"
        )


def label_notes(card: Mapping[str, Any]) -> Iterator[str]:
    """Labels that are written in several ways, that one example has, or that train never has."""
    for column in card["columns"]["labels"]:
        counts: Counter[str] = Counter()
        for split in card["splits"].values():
            counts.update(split["labels"].get(column, {}))
        counts.pop("", None)
        if 2 * len(counts) > counts.total():
            continue  # names or numbers of rows, and no labels
        alike: dict[str, list[str]] = {}
        for label in counts:
            alike.setdefault(" ".join(label.casefold().split()), []).append(label)
        for ways in alike.values():
            if len(ways) > 1:
                told = ", ".join(f"{way!r} ({counts[way]:,})" for way in ways[:SHOWN])
                yield f"{column}: {told} are taken for different labels: write them in one way"
        if alone := [label for label, count in counts.items() if count == 1]:
            named = ", ".join(map(repr, alone[:SHOWN]))
            more = f" and {len(alone) - SHOWN:,} more" if len(alone) > SHOWN else ""
            yield f"{column}: one example alone has the label {named}{more}"
        yield from unseen_notes(card, column)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
