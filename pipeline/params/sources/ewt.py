"""Source `ewt`: there is nothing to set."""

from typing import Literal

from pipeline.params.corpus import CorpusParams
from pipeline.params.section import Section


class EwtParams(Section):
    """Written as `{}`: DVC asks for the section of the chosen kind."""


class EwtCorpus(CorpusParams):
    """The English Web Treebank 1.2."""

    kind: Literal["ewt"]
    ewt: EwtParams
