"""What is wrong with a person's parameters -> a sentence."""

import difflib
from typing import Any

from pydantic import BaseModel


def sentence(fault: Any, model: type[BaseModel], section: str = "") -> str:
    """One pydantic fault of a section, or of all of them, as a person would say it."""
    where = ".".join(str(part) for part in (section, *fault["loc"]) if part != "")
    if fault["type"] == "extra_forbidden":
        return f"{where} is not a known key{_hint(fault['loc'], model)}"
    if fault["type"] == "missing":
        return f"{where} is missing"
    if fault["type"] == "value_error":
        return f"{where}: {fault['ctx']['error']}" if where else str(fault["ctx"]["error"])
    return f"{where} is {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _hint(where: tuple[Any, ...], model: type[BaseModel]) -> str:
    """'; did you mean learning_rate?' or the keys that are known there."""
    section: Any = model
    for part in where[:-1]:
        section = section.model_fields[part].annotation
    known = list(section.model_fields)
    near = difflib.get_close_matches(str(where[-1]), known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(known)}"
