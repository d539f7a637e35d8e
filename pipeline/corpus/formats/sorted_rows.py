"""Rows of a person's files -> examples with their splits; rows that are none go on a list."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pipeline.artifacts import Split
from pipeline.corpus.example import Example
from pipeline.corpus.formats.made_splits import Shares, cut_from_train, made_split
from pipeline.corpus.formats.text_examples import Ids, Named
from pipeline.corpus.formats.unusual import looks_missing, unusual
from pipeline.corpus.rejected import Rejections
from pipeline.corpus.source import FoundRows

Naming = Callable[[Split | None], Named]
"""The split that a row says -> how its example is named."""
Making = Callable[[Naming], "Made"]
"""Makes an example.

Raises ValueError with the reason where the row is none, NothingThereError where it is empty.
"""
Rows = Iterable[tuple[int, Making]]
"""The rows of a file by their numbers."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a row is."""

    example: Example
    split: Split | None = None
    """As the row says; None where it says nothing of it."""
    noticed: tuple[str, ...] = ()
    """What is unusual in it, beside what is seen in the example."""


class NothingThereError(ValueError):
    """A row is empty, which is no fault."""


def sorted_rows(
    files: Mapping[str, Rows],
    given: Mapping[str, Split],
    missing: Sequence[Split],
    shares: Shares,
    found: Mapping[str, FoundRows],
    rejections: Rejections,
) -> Iterator[tuple[Split, Example]]:
    """The examples of all files, each with its split: its row's, its file's, or one that is made.

    Those of `missing`, which no row and no file speaks of, are cut from train.

    Raises:
        ValueError: a file is damaged, or (in the end) too many rows were no examples.
    """
    ids = Ids()
    for name, rows in files.items():
        held, naming = found[name], _naming(ids, given.get(name))
        for row, make in rows:
            try:
                made = make(naming)
            except NothingThereError:
                held.empty += 1
                continue
            except ValueError as error:
                held.rows += 1
                held.rejected += 1
                rejections.read += 1
                rejections.add(name, row, str(error), "; ".join(getattr(error, "__notes__", ())))
                continue
            held.rows += 1
            rejections.read += 1
            _notice(made, held, row)
            split = made.split or given.get(name)
            if missing and split == "train":
                split = cut_from_train(made.example, shares, missing)
            yield split or made_split(made.example, shares), made.example
    rejections.check()


def _naming(ids: Ids, given: Split | None) -> Naming:
    return lambda split: partial(ids.of, split or given)


def _notice(made: Made, held: FoundRows, row: int) -> None:
    """Note what is unusual in a row."""
    for what in (*made.noticed, *unusual(made.example.text)):
        held.notice(what, row)
    for column, label in made.example.labels.items():
        if isinstance(label, str) and looks_missing(label):
            held.notice(f"{label!r} as {column}", row)
