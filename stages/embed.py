"""tokens -> vectors: the table that the embedding lookup starts from, and its neighbours."""

from pipeline.artifacts import Artifacts
from pipeline.files import whole_folder
from pipeline.params.whole import Params
from stages.running import run_stage


def embed(params: Params, artifacts: Artifacts) -> None:
    """Write data/vectors."""
    from pipeline.vectors.build import build_vectors

    artifacts.require(artifacts.tokens)
    with whole_folder(artifacts.vectors) as folder:
        build_vectors(artifacts, params.embed, params.encoder.d_model, params.seed, folder)


if __name__ == "__main__":
    run_stage(embed)
