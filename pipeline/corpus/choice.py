"""The source that params.yaml asks for."""

from importlib import import_module

from pipeline.artifacts import Artifacts
from pipeline.corpus import sources
from pipeline.corpus.source import Source
from pipeline.params.corpus import CorpusParams


def chosen_source(params: CorpusParams, artifacts: Artifacts) -> Source:
    """Open the source that `corpus.kind` names: `open_source` of the file of that name.

    Raises:
        ValueError, FileNotFoundError: as that says; reading the streams may raise them too.
    """
    module = import_module(f"{sources.__name__}.{params.kind}")
    source: Source = module.open_source(params, artifacts)
    return source
