"""The source that params.yaml asks for."""

from pipeline.artifacts import Artifacts
from pipeline.corpus.dataset import dataset_source
from pipeline.corpus.ewt import ewt_source
from pipeline.corpus.source import Source
from pipeline.corpus.treebank import treebank_source
from pipeline.params import CorpusParams


def chosen_source(params: CorpusParams, artifacts: Artifacts) -> Source:
    """Open the source that `corpus.source` names.

    Raises:
        ValueError, FileNotFoundError: as `ewt_source`, `treebank_source` and `dataset_source` say;
            reading the streams may raise them too.
    """
    match params.source:
        case "ewt":
            return ewt_source(artifacts.private / "downloads")
        case "conllu":
            return treebank_source(params.conllu, artifacts)
        case "dataset":
            return dataset_source(params.dataset, artifacts)
