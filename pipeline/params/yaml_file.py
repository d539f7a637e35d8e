"""A YAML file -> what it holds, as DVC reads it."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


def read_yaml(path: Path) -> Any:
    """What a YAML 1.2 file holds, as DVC reads it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not YAML, or a key is there twice.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is missing: run from the repository's root")
    try:
        return YAML(typ="safe").load(path)
    except YAMLError as error:
        raise ValueError(f"{path.name} is not valid YAML: {' '.join(str(error).split())}") from None
