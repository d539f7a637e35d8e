"""A network <-> weights.safetensors and model.json."""

from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from pipeline.artifacts import ModelFiles
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape


def save_network(network: Network, folder: Path) -> None:
    """Write the weights and the shape; equal weights give equal bytes."""
    tensors = {name: tensor.contiguous().cpu() for name, tensor in network.state_dict().items()}
    files = ModelFiles(folder)
    save_file(tensors, files.weights)
    files.shape.write_text(network.shape.model_dump_json(indent=2) + "\n")


def load_network(folder: Path) -> Network:
    """Build the network that the folder describes and fill in its weights, ready to predict.

    Raises:
        ValueError: a file is missing or damaged, or they do not fit each other.
    """
    files = ModelFiles(folder)
    try:
        shape = ModelShape.model_validate_json(files.shape.read_text())
        network = Network(shape)
        network.load_state_dict(load_file(files.weights))
    except (SafetensorError, ValidationError, RuntimeError, FileNotFoundError) as error:
        first = str(error).splitlines()[0]
        raise ValueError(
            f"{folder.name} holds no usable model ({first}): run `dvc checkout --force train`, "
            f"or `dvc repro --force train`"
        ) from None
    return network.eval()
