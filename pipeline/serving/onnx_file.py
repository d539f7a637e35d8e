"""A trained network -> one ONNX file that other runtimes read."""

import json
import logging
import warnings
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from pipeline.files import whole_file
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.serving.predictor import Predictor
from pipeline.tokens.features import NO_FEATURE
from pipeline.vectors.embedding import TokenEmbedding

NAMES = ("input_ids", "feature_ids", "is_token")
BATCH, TOKENS = 2, 3
"""Of the example that the network is followed with: any but 1, which would be taken for a rule."""


class Scoring(nn.Module):
    """Ids in, logits of every place out: what ONNX has no word for is said in other words."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        whole = network.objective.answers_whole
        self.places = max(1, len(network.shape.asked or ())) if whole else None

    def forward(
        self,
        input_ids: Int[Tensor, "batch token"],
        feature_ids: Int[Tensor, "batch token slot"],
        is_token: Bool[Tensor, "batch token"],
    ) -> Float[Tensor, "batch place class"]:
        """The scores of the classes at each token, or of each thing asked of the sentence."""
        batch, token = input_ids.shape
        nothing = torch.zeros(0, dtype=torch.int64)
        asked = Batch(input_ids, feature_ids, is_token, nothing, nothing, token)
        embedded = embed(self.network.embedding, input_ids, feature_ids)
        vectors = self.network.contextualise(embedded, asked)
        places = token if self.places is None else self.places
        logits = self.network.logits(vectors, torch.arange(batch * places), is_token)
        return logits.view(batch, places, -1)


def embed(
    embedding: TokenEmbedding,
    input_ids: Int[Tensor, "batch token"],
    feature_ids: Int[Tensor, "batch token slot"],
) -> Float[Tensor, "batch token d_model"]:
    """As the embedding does it, without the bag of parts, which ONNX does not have."""
    vectors: Tensor = embedding.token(input_ids)
    if embedding.feature is not None:
        parts = nn.functional.embedding(feature_ids, embedding.feature.weight)
        vectors = vectors + (parts * (feature_ids != NO_FEATURE).unsqueeze(-1)).sum(dim=2)
    length = input_ids.shape[1]
    if embedding.position is not None:
        vectors = vectors + embedding.position.weight[:length]
    if embedding.fixed_position is not None:
        vectors = vectors + embedding.fixed_position[:length]
    return vectors


def write_onnx(predictor: Predictor, path: Path) -> None:
    """Write the network, whole or not at all; what it reads and says is told in its metadata.

    Raises:
        ValueError: the packages for it are not installed.
    """
    require_packages()
    network = predictor.network
    slots = predictor.encoding.features.n_slots
    example = (
        torch.zeros(BATCH, TOKENS, dtype=torch.int64),
        torch.zeros(BATCH, TOKENS, slots, dtype=torch.int64),
        torch.ones(BATCH, TOKENS, dtype=torch.bool),
    )
    batch, token = (torch.export.Dim(name) for name in ("batch", "token"))
    sizes = {name: {0: batch, 1: token} for name in NAMES}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        program = torch.onnx.export(
            Scoring(network).eval(), example, input_names=NAMES, output_names=["logits"],
            dynamo=True, dynamic_shapes=sizes, verbose=False,
        )  # fmt: skip
    assert program is not None
    program.model.metadata_props.update(_about(predictor))
    with whole_file(path) as beside:
        program.save(beside)


def require_packages() -> None:
    """Check that the packages that write ONNX are there.

    Raises:
        ValueError: one is not.
    """
    try:
        import onnx  # noqa: F401  (is it there?)
        import onnxscript  # noqa: F401  (is it there?)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"--onnx needs the package {error.name}, which is not installed: "
            f"pip install 'headway[onnx]'"
        ) from None


def _about(predictor: Predictor) -> dict[str, str]:
    shape = predictor.network.shape
    return {
        "objective": shape.objective.kind,
        "classes": json.dumps(shape.classes, ensure_ascii=False),
        "asked": json.dumps(shape.asked, ensure_ascii=False),
        "thresholds": json.dumps(shape.thresholds),
        "max_length": str(shape.max_length),
    }
