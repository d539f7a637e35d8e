"""Source `text`: plain text of a person's own."""

from typing import Literal

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Encoding, Section, Shares

KIND = "text"
"""Its name in params.yaml."""


class TextParams(Section):
    """Which files hold the text, and what in them is an example."""

    path: str
    """A file, a folder or a pattern below `data/source`; .gz and .zst are unpacked."""
    encoding: Encoding
    """How files are written that do not begin with a mark of UTF-8 or UTF-16."""
    unit: Literal["line", "paragraph", "document"]
    """What is an example: a line, what stands between empty lines, or a file."""
    shares: Shares
    """Shares of train, validation and test, unless the files' names say which is which."""
    licence: str | None
    """Under what terms the data may be passed on."""


class TextCorpus(CorpusParams):
    """A text of one's own."""

    kind: Literal["text"]
    text: TextParams
