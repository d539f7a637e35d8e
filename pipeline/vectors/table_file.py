"""A table of first vectors <-> table.safetensors; the one of a model to start from."""

from pathlib import Path

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from pipeline.artifacts import StartFiles, VectorsFiles
from pipeline.files import unusable


def save_table(table: Float[np.ndarray, "vocab d_model"], folder: Path) -> None:
    """Write the table."""
    save_file({"table": table}, VectorsFiles(folder).table)


def load_table(folder: Path) -> Float[np.ndarray, "vocab d_model"]:
    """Read the table back.

    Raises:
        ValueError: the file is missing or damaged.
    """
    try:
        table: Float[np.ndarray, "vocab d_model"] = load_file(VectorsFiles(folder).table)["table"]
    except (SafetensorError, FileNotFoundError, KeyError) as error:
        raise unusable(VectorsFiles(folder).table, error) from None
    return table


def started_table(folder: Path) -> Float[np.ndarray, "vocab d_model"] | None:
    """The table of the model that training starts from; None without one.

    Raises:
        ValueError: its weights are missing or damaged.
    """
    weights = StartFiles(folder).weights
    if not folder.is_dir():
        return None
    try:
        table: Float[np.ndarray, "vocab d_model"] = load_file(weights)["embedding.token.weight"]
    except (SafetensorError, FileNotFoundError, KeyError) as error:
        raise unusable(weights, error) from None
    return table
