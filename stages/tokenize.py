"""corpus -> tokens: learn the vocabulary, encode every split."""

from pipeline.artifacts import Artifacts
from pipeline.files import whole_folder
from pipeline.params.whole import Params
from pipeline.tokens.build import build_tokens
from stages.running import run_stage


def tokenize(params: Params, artifacts: Artifacts) -> None:
    """Write data/tokens."""
    artifacts.require(artifacts.corpus)
    with whole_folder(artifacts.tokens) as folder:
        build_tokens(artifacts, params.tokenize, params.train.start_from, folder)


if __name__ == "__main__":
    run_stage(tokenize)
