"""Values by their dotted names -> params.yaml, or the part of it that changed."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


def write_params(source: Path, target: Path, changes: Mapping[str, Any]) -> None:
    """Write a params.yaml with other values, given by their dotted names; comments stay."""
    yaml = YAML()
    params = yaml.load(source)
    for name, value in changes.items():
        set_value(params, name, value)
    yaml.dump(params, target)


def set_value(params: Any, name: str, value: Any) -> None:
    """Set one value of nested sections by its dotted name."""
    *sections, key = name.split(".")
    for part in sections:
        params = params[part]
    params[key] = value


def read_value(text: str) -> Any:
    """A value as a person writes it after `key=`, read as params.yaml would be.

    Raises:
        ValueError: it is not YAML.
    """
    try:
        return YAML(typ="safe").load(StringIO(text))
    except YAMLError:
        raise ValueError(f"{text.strip()[:200]!r} is nothing that params.yaml could hold") from None


def dotted_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """Every value of nested sections by its dotted name, as params.yaml has it."""
    flat: dict[str, Any] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": leaf for inner, leaf in dotted_values(value).items()}
        else:
            flat[name] = value
    return flat
