"""Values by their dotted names -> params.yaml, or the part of it that changed."""

import re
from collections.abc import Mapping, MutableMapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter

from pipeline.foreign import visible_name

NULL = "tag:yaml.org,2002:null"


class Written(RoundTripRepresenter):
    """Writes null in letters."""


Written.add_representer(type(None), lambda it, _: it.represent_scalar(NULL, "null"))


def write_params(source: Path, target: Path, changes: Mapping[str, Any]) -> None:
    """Write a params.yaml with other values, given by their dotted names; comments stay."""
    yaml = YAML()
    yaml.Representer = Written
    yaml.indent(mapping=2, sequence=4, offset=2)
    params = yaml.load(source)
    for name, value in changes.items():
        set_value(params, name, value)
    yaml.dump(params, target)


def set_value(params: Any, name: str, value: Any) -> None:
    """Set one value of nested sections by its dotted name.

    Raises:
        ValueError: there is no such section.
    """
    *sections, key = name.split(".")
    for place, part in enumerate(sections, 1):
        found = params.get(part)
        if not isinstance(found, MutableMapping):
            raise ValueError(
                f"params.yaml has no section {'.'.join(sections[:place])}, to which {key} belongs: "
                f"put it back (`git log -p params.yaml` has what stood there)"
            )
        params = found
    if isinstance(value, list):
        value = CommentedSeq(value)
        value.fa.set_flow_style()
    params[key] = value


REASON = "# why: "
"""How a line begins that says why the value below it was chosen."""


def write_reasons(path: Path, reasons: Mapping[str, str]) -> None:
    """Put a line above each key that is named with dots, in place of those that were put before."""
    lines: list[str] = []
    sections: list[tuple[int, str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        key = line.lstrip()
        if key.startswith(REASON):
            continue
        if found := KEY.match(line):
            depth = len(found[1])
            sections = [(at, name) for at, name in sections if at < depth] + [(depth, found[2])]
            if reason := reasons.get(".".join(name for _, name in sections)):
                lines.append(f"{found[1]}{REASON}{visible_name(reason)}")
        lines.append(line)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


KEY = re.compile(r"( *)([\w-]+):(?: |$)")


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
