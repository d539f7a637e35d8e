"""Source `conllu`: a treebank of the user's own."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Section, Share, Words


class ConlluParams(Section):
    """Where a local CoNLL-U treebank lies."""

    path: str
    """A file or a folder below `data/source`, which DVC watches. In a folder, the words train,
    dev or validation, and test in the file names say which file is which split."""
    shares: Annotated[tuple[Share, Share, Share], Field(strict=False)]
    """Shares of train, validation and test when `path` is a single file; equal sentences stay
    together."""
    labels: Words
    """Labels of the whole: the comments `# key = value` whose values are kept, by their keys.
    `genre` may be its document's too; a sentence without the comment has no label."""

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        if abs(sum(self.shares) - 1) > 1e-9 or not all(self.shares):
            raise ValueError(
                f"shares must be three positive shares that sum to 1, got {list(self.shares)}"
            )
        return self


class ConlluCorpus(CorpusParams):
    """A local treebank."""

    kind: Literal["conllu"]
    conllu: ConlluParams
