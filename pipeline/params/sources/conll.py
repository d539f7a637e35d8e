"""Source `conll`: words in columns, a line each, as tag sets and entities are often kept."""

from typing import Literal, Self

from pydantic import model_validator

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Section, Shares, Words

KIND = "conll"
"""Its name in params.yaml."""


class ConllParams(Section):
    """Where local files of words in columns lie, and what their columns are."""

    path: str
    """A file, a folder or a pattern below `data/source`, which DVC watches; .gz and .zst are
    unpacked. Of a folder, the files that end in .conll, .bio, .iob, .iob2, .tsv or .txt are taken;
    the words train, dev or validation, and test in their names say which file is which split."""
    columns: Words
    """What the columns are called, from the left: `form` for words, `_` for what is not kept."""
    separator: Literal["space", "tab"]
    """What stands between columns: a tab alone, or any white space."""
    shares: Shares
    """Shares of train, validation and test where no file's name says which is which; what has the
    same words, or the same document, stays together."""

    @model_validator(mode="after")
    def _columns_are_named_once(self) -> Self:
        names = [name for name in self.columns if name != "_"]
        taken = {"sentence_id", "document", "head"} & {*names}
        if len({*names}) < len(names) or "form" not in names or taken:
            raise ValueError(
                f"columns must name each column once, form among them, and none sentence_id, "
                f"document or head, got {list(self.columns)}"
            )
        return self


class ConllCorpus(CorpusParams):
    """Local files of words in columns."""

    kind: Literal["conll"]
    conll: ConllParams
