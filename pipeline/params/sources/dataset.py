"""Source `dataset`: what the library `datasets` loads."""

from typing import Literal

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Section


class DatasetParams(Section):
    """Which data set the `datasets` library loads."""

    path: str
    """A name on the hub, or a folder below `data/source` with JSONL, CSV or Parquet files."""
    name: str | None
    """The configuration's name, where the data set has several."""
    revision: str | None
    """The commit on the hub; needed for a hub set, or the data could change unseen."""
    form: str
    """The column that holds each sentence's list of words."""
    upos: str
    """The column that holds each word's label, as text or as a class number."""


class DatasetCorpus(CorpusParams):
    """A data set, local or from the hub."""

    kind: Literal["dataset"]
    dataset: DatasetParams
