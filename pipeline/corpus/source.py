"""A source: three streams of examples, and what a reader must know about where they come from."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.artifacts import Artifacts, Split
from pipeline.corpus.example import Example


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
    splits: Mapping[Split, Iterable[Example]]
    found: Mapping[str, Found] = field(default_factory=dict)
    """What each file or split held, once the streams are read; empty where that is fixed."""


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
