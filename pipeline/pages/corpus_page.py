"""A corpus' card -> the page of the data: how much of what, its labels, what to know of it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.artifacts import SPLITS
from pipeline.foreign import visible_name
from pipeline.pages.page import render_page
from pipeline.pages.said import token

FIGURES = {
    "sentences": "examples",
    "documents": "documents",
    "words": "words",
    "distinct_forms": "different words",
    "shortest_sentence": "shortest, in words",
    "median_sentence": "half are no longer than",
    "long_sentence": "95 of 100 are no longer than",
    "longest_sentence": "longest",
    "duplicates": "repeat one before",
    "also_in_train": "same words as one of train",
}
"""A split's figures, in the order in which they stand, and what they are called."""
SPACE = "\N{OPEN BOX}"
REASONS = 10
"""Reasons why rows are no examples that are shown, the most frequent."""
VALUES = 25
"""Values of a column that are shown, the most frequent."""


@dataclass(frozen=True)
class Share:
    """How much of a split has a value."""

    count: int
    percent: float


@dataclass(frozen=True)
class Balance:
    """The values of a column, the most frequent first, in every split."""

    column: str
    of: str
    """What has a value: examples or words."""
    rows: list[tuple[object, list[Share]]]
    more: int
    """Values that are not shown."""


def corpus_page(card: Mapping[str, Any]) -> str:
    """How much there is first, then labels, what stands in several splits, scripts, origin."""
    card = {**card, "splits": {split: card["splits"][split] for split in SPLITS}}
    rejected = card.get("rejected", {"reasons": {}})
    return render_page(
        "corpus",
        f"The data: {visible_name(card['name'])}",
        {},
        card=card,
        splits=SPLITS,
        reasons=Counter(rejected["reasons"]).most_common(REASONS),
        figures=list(_figures(card)),
        balances=list(_balances(card)),
        scripts=_scripts(card),
        across=card.get("across_splits", {"are_splits_made": False, "leaks": []}),
        left_out=[(split, n) for split in SPLITS if (n := _left_out(card).get(split, 0))],
        noticed=list(_noticed(card)),
        empty=sum(held.get("empty", 0) for held in card.get("found", {}).values()),
        visible=visible_name,
    )


def _left_out(card: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = card.get("across_splits", {}).get("left_out", {})
    return found


def _figures(card: Mapping[str, Any]) -> Iterator[tuple[str, list[int]]]:
    """A row for each figure that says something."""
    for name, called in FIGURES.items():
        values = [split[name] for split in card["splits"].values()]
        if any(values):
            yield called, values


def _balances(card: Mapping[str, Any]) -> Iterator[Balance]:
    """The columns that have few values in every split: of the whole first."""
    splits = card["splits"].values()
    for part, of in (("labels", "examples"), ("annotations", "words")):
        for column in card["columns"][part]:
            counts = [split[part].get(column) for split in splits]
            if all(count is not None for count in counts):
                # Of labels an example may have several.
                sizes = [
                    split["sentences"] if part == "labels" else sum(count.values())
                    for split, count in zip(splits, counts, strict=True)
                ]
                balance = _balance(column, of, counts, sizes)
                if balance.rows:
                    yield balance


def _balance(column: str, of: str, counts: list[dict[str, int]], sizes: list[int]) -> Balance:
    together = sum(map(Counter, counts), Counter())
    totals = [max(1, it) for it in sizes]
    rows: list[tuple[object, list[Share]]] = [
        (
            token(_edged(value)) if value else None,
            [
                Share(count.get(value, 0), 100 * count.get(value, 0) / total)
                for count, total in zip(counts, totals, strict=True)
            ],
        )
        for value, _ in together.most_common(VALUES)
    ]
    return Balance(column, of, rows, len(together) - len(rows))


def _edged(value: str) -> str:
    """With a sign for each space at its ends, which nobody would see."""
    inner = value.strip(" ")
    before = len(value) - len(value.lstrip(" ")) if inner else len(value)
    return SPACE * before + inner + SPACE * (len(value) - before - len(inner))


def _scripts(card: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    """Script, letters, percent of all letters."""
    found = sum((Counter(split["scripts"]) for split in card["splits"].values()), Counter())
    total = max(1, sum(found.values()))
    return [(name, count, 100 * count / total) for name, count in found.most_common()]


def _noticed(card: Mapping[str, Any]) -> Iterator[tuple[str, str, int, int]]:
    """File, what is unusual, in how many rows, and in which first."""
    for file, held in card.get("found", {}).items():
        for what, it in held.get("noticed", {}).items():
            yield visible_name(file), visible_name(what), it["rows"], it["first"]
