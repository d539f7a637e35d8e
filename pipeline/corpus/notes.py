"""A corpus' card -> what a person must know before resting on a figure of it."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pipeline.artifacts import SPLITS
from pipeline.corpus.formats.span_tags import kind_of
from pipeline.foreign import first_named

SHOWN = 5
"""Labels that a sentence names."""
WHOLES = ("sentence", "example")
OF_SEVERAL = "; where several labels may hold, not asked about"
NUMBER = "a number as "
"""What is noticed of a label that is no text begins so."""
MARKED = re.compile("[BIES]-.")
"""How a tag begins that says where in a span its word stands."""
WHOLE = re.compile(r"([+-]?[0-9]+)\.0*")
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
    if cut := card.get("cut_from_train"):
        told = " and no ".join(cut)
        yield f"no {told} was given: cut from train by a hash of what each example says"
    yield from row_notes(card)
    yield from leak_notes(card)
    if "head" not in card["columns"]["annotations"]:  # a treebank's labels are what they are
        yield from label_notes(card)
        for column in card["columns"]["annotations"]:
            yield from unseen_notes(card, column)


def unseen_notes(card: Mapping[str, Any], column: str) -> Iterator[str]:
    """A sentence for each split in which the column has values that train never has."""
    train = card["splits"].get("train", {})
    known = {**train.get("annotations", {}), **train.get("labels", {})}.get(column, ())
    for split, counts in card["splits"].items():
        if unseen := never_learned(counts.get("not_in_train", {}).get(column, {}), known):
            unit = "sentence" if column in card["columns"]["labels"] else "word"
            yield said_of_unseen(split, unseen, unit)


def never_learned(found: Mapping[str, int], known: Collection[str]) -> dict[str, int]:
    """The values that training does not have; of spans' tags, those of kinds that it does not have.

    A model of spans can answer I-PER where training has only B-PER.
    """
    kinds = {kind_of(value) for value in known if MARKED.match(value)}
    return {
        value: count
        for value, count in found.items()
        if value not in known and not (MARKED.match(value) and kind_of(value) in kinds)
    }


def said_of_unseen(split: str, unseen: Mapping[str, int], unit: str) -> str:
    """What is said of values that train never has, by how often the split has each."""
    named = first_named([*map(repr, sorted(unseen))], SHOWN)
    count = sum(unseen.values())
    return (
        f"{split}: {count} {unit}{'s' * (count != 1)} with a label that train never has "
        f"({named}): always counted as wrong, and in no loss{OF_SEVERAL if unit in WHOLES else ''}"
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
        by_split = [split["labels"].get(column) for split in card["splits"].values()]
        if None in by_split:
            continue  # they are many, and not counted everywhere
        counts: Counter[str] = sum(map(Counter, by_split), Counter())
        counts.pop("", None)
        if 2 * len(counts) > counts.total():
            continue  # names or numbers of rows, and no labels
        yield from said_of_labels(column, counts, "example")
        yield from unseen_notes(card, column)


def said_of_labels(column: str, counts: Mapping[str, int], unit: str) -> Iterator[str]:
    """Which labels are written in several ways, and which one example, or word, alone has."""
    alike: dict[str, list[str]] = {}
    for label in counts:
        alike.setdefault(_plain(label), []).append(label)
    for ways in alike.values():
        if len(ways) > 1:
            told = ", ".join(f"{way!r} ({counts[way]:,})" for way in ways[:SHOWN])
            yield f"{column}: {told} are taken for different labels: write them in one way"
    if alone := [repr(label) for label, count in counts.items() if count == 1]:
        yield f"{column}: one {unit} alone has the label {first_named(alone, SHOWN)}"


def _plain(label: str) -> str:
    """A label without its case, the spaces around it, and the .0 of a whole number."""
    plain = " ".join(label.casefold().split())
    number = WHOLE.fullmatch(plain)
    return number[1] if number else plain


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
