"""The card of a corpus: how much there is, of what, and a hash that says whether it is the same."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.artifacts import CorpusFiles, Split
from pipeline.corpus.columns import Columns
from pipeline.corpus.source import Source

MANY = 0.1
"""The share of a split's sentences that also stand in train, from which a line says so."""


@dataclass(frozen=True)
class SplitCard:
    """What is in a split."""

    sentences: int
    words: int
    distinct_forms: int
    shortest_sentence: int
    """In words, as all lengths."""
    median_sentence: int
    """Half of the sentences are no longer."""
    long_sentence: int
    """95 of 100 sentences are no longer."""
    longest_sentence: int
    duplicates: int
    """Sentences whose words are those of another one before in this split."""
    also_in_train: int
    """Sentences whose words are those of a training sentence; 0 for train itself."""
    annotations: dict[str, dict[str, int]]
    """Column -> value -> words, for columns with few distinct values."""
    labels: dict[str, dict[str, int]]
    """Column -> value -> sentences, for columns with few distinct values."""
    are_words_withheld: bool
    """Whether every form is "_", as in treebanks whose text is not free."""
    not_in_train: dict[str, dict[str, int]]
    """Of these, the values that train never has, so that no model can learn them."""
    documents: int
    """Texts that the sentences come from; 0 where the source knows of none."""
    scripts: dict[str, int]
    """Letters of each script, most first."""
    sha256: str
    """Of the rows, each as a line of JSON: it outlives another version of the file format."""


@dataclass(frozen=True)
class Twin:
    """Two examples in different splits that are equal or nearly so."""

    likeness: float
    """1 where they are equal but for case and signs."""
    ids: tuple[str, str]
    texts: tuple[str, str]
    """Their beginnings."""


@dataclass(frozen=True)
class Leak:
    """What of a split stands in a split before it as well."""

    split: Split
    before: Split
    equal: int
    """Examples that are equal to one there, but for case and signs."""
    near: int
    """Further ones that are nearly equal to one there."""
    twins: tuple[Twin, ...]


@dataclass(frozen=True)
class LeaksCard:
    """What stands in several splits, equal or nearly so."""

    are_splits_made: bool
    leaks: list[Leak]
    """What there still is."""
    left_out: dict[Split, int]
    """Examples that were left out because of it."""


def write_card(
    folder: Path,
    source: Source,
    columns: Columns,
    splits: dict[Split, SplitCard],
    leaks: LeaksCard,
) -> None:
    """Write card.json: the source, its columns, each split's figures, what each file held."""
    card: dict[str, Any] = {
        "source": source.kind,
        "name": source.name,
        "origin": source.origin,
        "licence": source.licence,
        "columns": asdict(columns),
        "splits": {split: asdict(figures) for split, figures in splits.items()},
        "across_splits": asdict(leaks),
    }
    if source.cut_from_train:
        card["cut_from_train"] = list(source.cut_from_train)
    if source.found:
        card["found"] = {name: asdict(held) for name, held in source.found.items()}
    if source.rejections is not None:
        told = source.rejections
        card["rejected"] = {"rows": len(told.rows), "of": told.read, "reasons": told.reasons()}
    text = json.dumps(card, indent=2, sort_keys=True, ensure_ascii=False)
    CorpusFiles(folder).card.write_text(f"{text}\n", encoding="utf-8")


def said_of_overlap(card: Mapping[str, Any]) -> str | None:
    """A line on held-out sentences that training saw; None where they are few.

    Short sentences come again in any corpus: 3 % of the English treebank's.
    """
    held_out = {name: split for name, split in card["splits"].items() if name != "train"}
    if all(split["also_in_train"] < MANY * split["sentences"] for split in held_out.values()):
        return None
    shares = ", ".join(
        f"{name} {split['also_in_train']:,}/{split['sentences']:,}"
        for name, split in held_out.items()
    )
    return f"also in train: {shares} sentences; there, what was learned by heart counts as right"


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a stored corpus; `splits` holds the fields of `SplitCard` for each split.

    Raises:
        FileNotFoundError: there is none.
    """
    path = CorpusFiles(folder).card
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: run `dvc repro corpus`")
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return card
