"""Source `dataset`: what the library `datasets` loads."""

from typing import Literal, Self

from pydantic import model_validator

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Section, Shares, Words


class DatasetParams(Section):
    """Which data set the `datasets` library loads."""

    path: str
    """A name on the hub, or a folder below `data/source` with JSONL, CSV or Parquet files."""
    name: str | None
    """The configuration's name, where the data set has several."""
    revision: str | None
    """The commit on the hub; needed for a hub set, or the data could change unseen."""
    form: str
    """The column that holds each example's words, a list, or its text, which is cut into words; at
    white space where annotations are named, so that each word keeps its own."""
    second: str | None
    """The column that holds the words of a second text, where examples are pairs; they follow those
    of the first after the word [SEP]. Pairs have no annotations."""
    annotations: Words
    """Columns with something for each word: lists of texts or class numbers, or text that is cut
    at white space. In `head`, numbers of words."""
    labels: Words
    """Columns with something for the whole: a text or a class number, or a list of them where
    there may be several."""
    shares: Shares
    """Shares of train, validation and test, by which train gives what a data set lacks of them."""

    @model_validator(mode="after")
    def _pairs_have_labels_alone(self) -> Self:
        if self.second is not None and (self.annotations or self.second == self.form):
            raise ValueError(
                f"second must name another column than form, with no annotations beside it, got "
                f"{self.second!r}, form {self.form!r}, annotations {list(self.annotations)}"
            )
        return self

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        names = [*self.annotations, *self.labels]
        taken = {"sentence_id", "form", "document"}
        if len({*names}) < len(names) or taken & {*names}:
            raise ValueError(
                f"annotations and labels must name each column once, and none of "
                f"{', '.join(sorted(taken))}, got {names}"
            )
        return self


class DatasetCorpus(CorpusParams):
    """A data set, local or from the hub."""

    kind: Literal["dataset"]
    dataset: DatasetParams
