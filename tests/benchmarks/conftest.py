"""A small corpus and its tokens, for contenders that need no finished project."""

import pytest
from workspace import ROOT, SMALL, write_treebank

from pipeline.artifacts import Artifacts
from pipeline.params.whole import read_params
from pipeline.params.writing import write_params
from stages.corpus import corpus
from stages.tokenize import tokenize


@pytest.fixture(scope="session")
def tokenized(tmp_path_factory) -> Artifacts:
    """A folder with params.yaml, data/corpus and data/tokens."""
    artifacts = Artifacts(tmp_path_factory.mktemp("tokenized"))
    write_treebank(artifacts.root / "data/source/small")
    write_params(ROOT / "params.yaml", artifacts.params, SMALL)
    params = read_params(artifacts.params)
    corpus(params, artifacts)
    tokenize(params, artifacts)
    return artifacts
