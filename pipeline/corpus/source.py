"""A source: three streams of examples, and what a reader must know about where they come from."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.artifacts import SPLITS, Artifacts, Split
from pipeline.corpus.example import Example
from pipeline.corpus.rejected import Rejections

Examples = Iterable[tuple[Split, Example]]
"""Examples, each with the split that it is to lie in."""


@dataclass
class Found:
    """What a file, or a split of a data set, held; counted while it is read."""

    sentences: int = 0
    comments: int = 0
    """Lines of comments."""
    left_out: int = 0
    """Rows that are no words: multi-word tokens, whose words follow, and empty nodes."""

    def begin(self) -> None:
        """Count from nothing: the file is read anew."""
        self.sentences = self.comments = self.left_out = 0


@dataclass
class Noticed:
    """How often something was noticed in a file."""

    rows: int
    first: int
    """The number of the first such row."""


@dataclass
class FoundRows:
    """What a file of rows held; counted while it is read."""

    rows: int = 0
    """All but empty ones."""
    empty: int = 0
    rejected: int = 0
    noticed: dict[str, Noticed] = field(default_factory=dict)
    """What is unusual in it -> in how many rows, and where first."""

    def notice(self, what: str, row: int) -> None:
        """Something unusual in a row."""
        self.noticed.setdefault(what, Noticed(0, row)).rows += 1


@dataclass(frozen=True)
class Source:
    """What a corpus is made from. The streams may be read once."""

    kind: str
    """The word in params.yaml: the name of its file in `sources/`."""
    name: str
    """What people call it."""
    origin: str
    """Where it was taken from, precisely enough to take it again."""
    licence: str | None
    """Under what terms it may be passed on; None where the source does not say."""
    notices: Mapping[str, str]
    """Texts that must travel with the data: file name -> text."""
    splits: Mapping[Split, Iterable[Example]] | Examples
    """A stream for each split, or one in which they alternate."""
    found: Mapping[str, Found | FoundRows] = field(default_factory=dict)
    """What each file or split held, once the streams are read; empty where that is fixed."""
    rejections: Rejections | None = None
    """The rows that are no examples; None where one of them ends the reading."""
    is_made: bool = False
    """Whether the splits were made here, and not given."""
    cut_from_train: tuple[Split, ...] = ()
    """Of splits that were given, those that were not, and were made here of what was train."""

    @property
    def made(self) -> tuple[Split, ...]:
        """The splits between which this project chose."""
        return (
            SPLITS if self.is_made else ("train", *self.cut_from_train) * bool(self.cut_from_train)
        )

    def examples(self) -> Iterator[tuple[Split, Example]]:
        """All of them; split after split, where each has a stream."""
        if isinstance(self.splits, Mapping):
            for split in SPLITS:
                for example in self.splits[split]:
                    yield split, example
        else:
            yield from self.splits


def local_path(artifacts: Artifacts, path: str) -> Path:
    """The place of a file or folder that a person put below data/source.

    Links are not followed: DVC may keep the file itself in its cache.

    Raises:
        ValueError: it lies elsewhere, where DVC would not see it change.
        FileNotFoundError: there is nothing.
    """
    place = Path(os.path.normpath(artifacts.root / path))
    if not place.is_relative_to(os.path.normpath(artifacts.source)):
        raise ValueError(
            f"{path} lies outside data/source, and DVC watches only data/source: "
            f"put the data there and name that path in params.yaml"
        )
    if not place.exists():
        raise FileNotFoundError(
            f"{path} is missing: put the data there (data/source/README.md says how), "
            f"or `dvc pull` it, or name another path in params.yaml"
        )
    return place
