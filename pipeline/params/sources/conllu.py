"""Source `conllu`: a treebank of the user's own."""

from typing import Literal

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Section, Shares, Words

KIND = "conllu"
"""Its name in params.yaml."""


class ConlluParams(Section):
    """Where a local CoNLL-U treebank lies."""

    path: str
    """A file or a folder below `data/source`, which DVC watches. In a folder, the words train,
    dev or validation, and test in the file names say which file is which split."""
    shares: Shares
    """Shares of train, validation and test when `path` is a single file, or by which train gives
    what a folder lacks of the others; equal sentences stay together, and of two nearly equal ones
    that would not, the later one is left out."""
    labels: Words
    """Labels of the whole: the comments `# key = value` whose values are kept, by their keys.
    `genre` may be its document's too; a sentence without the comment has no label."""


class ConlluCorpus(CorpusParams):
    """A local treebank."""

    kind: Literal["conllu"]
    conllu: ConlluParams
