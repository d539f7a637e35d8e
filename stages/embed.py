"""tokens -> vectors: the table that the embedding lookup starts from, and a map of it."""

from pipeline.artifacts import Artifacts
from pipeline.files import whole_folder
from pipeline.params import Params
from stages.running import run_stage


def embed(params: Params, artifacts: Artifacts) -> None:
    """Write data/vectors."""
    from pipeline.pictures.embedding import draw_embedding_map
    from pipeline.vectors.build import build_vectors

    artifacts.require(artifacts.tokens)
    with whole_folder(artifacts.vectors) as folder:
        described = build_vectors(
            artifacts, params.embed, params.encoder.d_model, params.seed, folder
        )
        title = f"First vectors of the most frequent tokens: {params.embed.method}"
        draw_embedding_map(
            folder / "map.png", described.xy, described.tokens, groups=None, title=title
        )


if __name__ == "__main__":
    run_stage(embed)
