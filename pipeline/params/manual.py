"""params.yaml and the sentence about each of its fields -> docs/parameters.md (`make manual`)."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_args, get_origin

from pipeline.params.kinds import Kinds
from pipeline.params.section import Section
from pipeline.params.whole import KINDS, Params
from pipeline.params.yaml_file import read_yaml

INTRODUCTION = """\
# Every parameter

All of them stand in `params.yaml`, and nowhere else: there are no defaults in the code. The value \
here is the one that `params.yaml` comes with. What belongs to a kind that is not chosen is not \
read, and may be left out. One value is changed by `dvc exp run -S SECTION.NAME=VALUE`, several \
are tried by `headway sweep`.
"""


@dataclass(frozen=True)
class Row:
    """A parameter, as a line of the page."""

    name: str
    """By dots, the section left out."""
    value: str
    choices: str
    """Where there are only some."""
    sentence: str


def manual(params: Path) -> str:
    """The page, in Markdown.

    Raises:
        FileNotFoundError, ValueError: params.yaml cannot be read.
    """
    values = read_yaml(params)
    parts = [INTRODUCTION]
    for section, field in Params.model_fields.items():
        if section in KINDS:
            told = _of_kinds(KINDS[section], values[section])
        elif _is_section(field.annotation):
            told = list(_rows(field.annotation, "", values[section]))
        else:  # a number of its own
            told = [_row(section, section, Params, values)]
        parts.append(f"## {section}\n\n{_table(told)}")
    return "\n".join(parts)


def _of_kinds(kinds: Kinds, values: Mapping[str, Any]) -> list[Row]:
    """The key that tells the kinds apart, and what each of them has; what several have, once."""
    found = {row.name: row for it in kinds.classes.values() for row in _rows(it, "", values)}
    choices = " ".join(f"`{name}`" for name in kinds.classes)
    key = Row(kinds.key, str(values[kinds.key]), choices, "Of which kind this section is.")
    return list((found | {kinds.key: key}).values())


def _rows(section: type[Section], prefix: str, values: Mapping[str, Any]) -> Iterator[Row]:
    for name, field in section.model_fields.items():
        inner = values.get(name)
        nested = [it for it in (field.annotation, *get_args(field.annotation)) if _is_section(it)]
        if nested and isinstance(inner, Mapping):
            yield from _rows(nested[0], f"{prefix}{name}.", inner)
        else:
            yield _row(f"{prefix}{name}", name, section, values)


def _row(told: str, name: str, section: type[Section], values: Mapping[str, Any]) -> Row:
    annotation = section.model_fields[name].annotation
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    listed = " ".join(f"`{it}`" for it in choices) if len(choices) > 1 else ""
    return Row(told, _as_yaml(values.get(name)), listed, sentences_of(section).get(name, ""))


def sentences_of(section: type[Section]) -> dict[str, str]:
    """The text below each field of a section, and of the sections that it extends."""
    found: dict[str, str] = {}
    for one in reversed(section.__mro__):
        if not _is_section(one) or one is Section:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                said = text.value if isinstance(text, ast.Expr) else None
                told = str(said.value) if isinstance(said, ast.Constant) else ""
                found[field.target.id] = " ".join(told.split())
    return found


def _is_section(kind: Any) -> TypeGuard[type[Section]]:
    return isinstance(kind, type) and issubclass(kind, Section)


def _as_yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_as_yaml, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _table(rows: list[Row]) -> str:
    lines = ["| parameter | value | what it is |", "|---|---|---|"]
    for row in rows:
        choices = f" One of {row.choices}." if row.choices else ""
        cells = [f"`{row.name}`", f"`{row.value}`", f"{row.sentence}{choices}"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(manual(Path("params.yaml")))
