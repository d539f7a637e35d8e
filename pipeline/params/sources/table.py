"""Source `table`: rows of a person's own, with columns that are named."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Encoding, Section, Shares, Words

KIND = "table"
"""Its name in params.yaml."""


class TableParams(Section):
    """Which files hold the rows, and what their columns are."""

    path: str
    """A file, a folder or a pattern below `data/source`: CSV, TSV, JSONL, JSON or Parquet, plain or
    packed as .gz or .zst (Parquet plain)."""
    encoding: Encoding
    """How text files are written that do not begin with a mark of UTF-8 or UTF-16: a name that
    Python knows, such as utf-8 or windows-1252."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None
    """Between the cells of a line; null for a tab in .tsv and a comma in .csv."""
    text: str | None
    """The column of texts, which are cut into words; null where `words` is named."""
    second: str | None
    """The column with the second text of each row, where rows are pairs: its words follow those of
    the first after the word [SEP]."""
    words: str | None
    """The column of words: a list, or text that is cut at white space."""
    spans: str | None
    """The column of spans of the text, which become a tag for each word (in the scheme bio): a list
    of objects with start, end and label, or of lists of these three; places in code points."""
    annotations: Words
    """Columns with something for each of these words: lists, or text that is cut at white space."""
    labels: Words
    """Columns with something for the whole that may be learned: a text, or a list of them where
    there may be several. All other columns are kept too."""
    split: str | None
    """The column that says train, validation or test; null where the names of several files do, or
    where the splits are to be made."""
    shares: Shares
    """Shares of train, validation and test where they are made."""
    document: str | None
    """The column that says from which text a row was taken; made splits keep its rows together."""
    licence: str | None
    """Under what terms the data may be passed on."""

    @model_validator(mode="after")
    def _one_way_to_the_words(self) -> Self:
        if (self.text is None) == (self.words is None):
            raise ValueError(
                f"name a column under text or one under words, and null under the other, got "
                f"{self.text!r} and {self.words!r}"
            )
        if self.annotations and self.words is None:
            raise ValueError(
                f"annotations are of words: name their column under words; got "
                f"{list(self.annotations)} with the text {self.text!r}"
            )
        return self

    @model_validator(mode="after")
    def _pairs_are_of_texts(self) -> Self:
        if self.second is not None and self.text is None:
            raise ValueError(
                f"second is the second of two texts: name the first under text, got "
                f"{self.second!r} with the words {self.words!r}"
            )
        return self

    @model_validator(mode="after")
    def _spans_are_of_a_text(self) -> Self:
        if self.spans is not None and (self.text is None or self.second is not None):
            raise ValueError(
                f"a span is a part of one text: name its column under text, and none under second "
                f"and words, got {self.spans!r} with {self.text!r}, {self.second!r} and "
                f"{self.words!r}"
            )
        return self

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        single = (self.text, self.second, self.words, self.spans, self.split, self.document)
        names = [*filter(None, single), *self.annotations, *self.labels]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"name each column once, got {', '.join(twice)} twice")
        return self


class TableCorpus(CorpusParams):
    """A table of one's own."""

    kind: Literal["table"]
    table: TableParams
