"""The model that a training starts from -> the first weights of its embedding and its blocks."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from pipeline.artifacts import StartFiles
from pipeline.files import unusable
from pipeline.model.shape import ModelShape

HANDED = ("embedding.", "encoder.")
"""What is handed on, by the beginnings of the tensors' names; the head that answers is not."""
MUST_AGREE = ("d_model", "n_heads", "n_layers", "d_ff", "positions")
"""Settings of the encoder that its tensors are made for."""


def read_start(folder: Path, shape: ModelShape) -> Mapping[str, Tensor] | None:
    """The tensors to begin with, by their names in a network of this shape; None without a start.

    Raises:
        ValueError: the model there is damaged, or another than this shape asks for.
    """
    files = StartFiles(folder)
    if not files.folder.is_dir():
        return None
    try:
        theirs = ModelShape.model_validate_json(files.shape.read_text(encoding="utf-8"))
        tensors = load_file(files.weights)
    except (SafetensorError, ValidationError, FileNotFoundError) as error:
        raise unusable(files.weights, str(error).splitlines()[0]) from None
    _require_same(theirs, shape)
    return {name: tensor for name, tensor in tensors.items() if name.startswith(HANDED)}


def _require_same(theirs: ModelShape, ours: ModelShape) -> None:
    faults = [
        f"encoder.{name} is {getattr(theirs.encoder, name)} there and "
        f"{getattr(ours.encoder, name)} in params.yaml"
        for name in MUST_AGREE
        if getattr(theirs.encoder, name) != getattr(ours.encoder, name)
    ]
    faults += [
        f"{told} {getattr(theirs, name)} there and {getattr(ours, name)} here"
        for name, told in (
            ("vocab_size", "the tokens of its vocabulary are"),
            ("feature_rows", "the sub-word parts of its embedding are"),
            ("max_length", "the tokens of its longest sentence are"),
        )
        if getattr(theirs, name) != getattr(ours, name)
    ]
    if faults:
        raise ValueError(
            f"the model of train.start_from does not fit: {'; '.join(faults)}: set params.yaml as "
            f"that model has it, or start from another"
        )
