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
        if isinstance(error, ValidationError) and (keys := _other_keys(error)):
            raise ValueError(
                f"{folder.name} was written by another version of Headway ({keys}): check out the "
                f"commit of its run to use it, or train anew with `dvc repro --force train`"
            ) from None
        first = str(error).splitlines()[0]
        raise ValueError(
            f"{folder.name} holds no usable model ({first}): run `dvc checkout --force train`, "
            f"or `dvc repro --force train`"
        ) from None
    return network.eval()


def _other_keys(error: ValidationError) -> str:
    """The keys that a shape lacks or has too many; "" where something else is wrong with it."""
    told = {"missing": "it lacks", "extra_forbidden": "it has"}
    faults = error.errors()
    if not all(fault["type"] in told for fault in faults):
        return ""
    return ", ".join(f"{told[it['type']]} {'.'.join(map(str, _key(it['loc'])))}" for it in faults)


def _key(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Where a key stands in the file: behind `objective`, pydantic names the kind too."""
    return loc[:1] + loc[2:] if loc[0] == "objective" else loc
