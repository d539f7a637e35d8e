"""A table of first vectors <-> table.safetensors."""

from pathlib import Path

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from pipeline.files import unusable

FILE_NAME = "table.safetensors"


def save_table(table: Float[np.ndarray, "vocab d_model"], folder: Path) -> None:
    """Write the table."""
    save_file({"table": table}, folder / FILE_NAME)


def load_table(folder: Path) -> Float[np.ndarray, "vocab d_model"]:
    """Read the table back.

    Raises:
        ValueError: the file is missing or damaged.
    """
    try:
        table: Float[np.ndarray, "vocab d_model"] = load_file(folder / FILE_NAME)["table"]
    except (SafetensorError, FileNotFoundError, KeyError) as error:
        raise unusable(folder / FILE_NAME, error) from None
    return table
