"""The source that params.yaml asks for."""

from pipeline.artifacts import Artifacts
from pipeline.corpus.dataset import dataset_source
from pipeline.corpus.ewt import ewt_source
from pipeline.corpus.source import Source
from pipeline.corpus.treebank import treebank_source
from pipeline.params import CorpusParams
from pipeline.params.sources.conllu import ConlluCorpus
from pipeline.params.sources.dataset import DatasetCorpus
from pipeline.params.sources.ewt import EwtCorpus


def chosen_source(params: CorpusParams, artifacts: Artifacts) -> Source:
    """Open the source that `corpus.kind` names.

    Raises:
        ValueError, FileNotFoundError: as `ewt_source`, `treebank_source` and `dataset_source` say;
            reading the streams may raise them too.
    """
    match params:
        case EwtCorpus():
            return ewt_source(artifacts.private / "downloads")
        case ConlluCorpus(conllu=treebank):
            return treebank_source(treebank, artifacts)
        case DatasetCorpus(dataset=dataset):
            return dataset_source(dataset, artifacts)
    raise AssertionError(params.kind)
