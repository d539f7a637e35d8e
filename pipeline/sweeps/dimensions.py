"""What a person writes after -S -> a parameter, and the values that it takes."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.comparison.conditions import short_names
from pipeline.params.writing import read_value

SPAN = re.compile(r"(log|range)\((.*)\)")
OPENING, CLOSING, QUOTES = "([{", ")]}", "\"'"


@dataclass(frozen=True)
class Choices:
    """A parameter and the values that it takes, one or more."""

    key: str
    values: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.key}={','.join(map(shown, self.values))}"


@dataclass(frozen=True)
class Span:
    """A parameter and the numbers between which a search may choose."""

    key: str
    low: float
    high: float
    is_log: bool
    is_whole: bool

    def __str__(self) -> str:
        return f"{self.key}={'log' if self.is_log else 'range'}({self.low:g},{self.high:g})"


Dimension = Choices | Span


def read_dimension(text: str, params: Mapping[str, Any]) -> Dimension:
    """`encoder.n_heads=1,2,4` or `train.learning_rate=log(1e-4,1e-2)`, of the known parameters.

    Raises:
        ValueError: it is neither, there is no such parameter, or a value is there twice.
    """
    key, equals, written = text.partition("=")
    key = key.strip()
    if not equals or not written.strip():
        raise ValueError(f"expected key=value or key=value,value,..., got {text!r}")
    if key not in params:
        raise ValueError(f"there is no parameter {key!r}: {_near(key, params)}")
    if found := SPAN.fullmatch(written.strip()):
        return _span(key, found[1] == "log", list(_parts(found[2])), params[key])
    values = tuple(read_value(part) for part in _parts(written))
    if len({shown(value) for value in values}) < len(values):
        raise ValueError(f"a value of {key} stands there twice: {written}")
    return Choices(key, values)


def shown(value: Any) -> str:
    """A value as params.yaml has it, in a line."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def label(varied: Mapping[str, Any]) -> str:
    """What a trial is called: `n_heads 4, seed 21`."""
    names = short_names(varied)
    told = ((names[key], value) for key, value in varied.items())
    return ", ".join(f"{name} {shown(value)}" for name, value in told) or "as params.yaml has it"


def _span(key: str, is_log: bool, bounds: Sequence[str], now: Any) -> Span:
    numbers = [read_value(bound) for bound in bounds]
    is_of_numbers = all(isinstance(it, int | float) and not isinstance(it, bool) for it in numbers)
    if len(numbers) != 2 or not is_of_numbers or not numbers[0] < numbers[1]:
        raise ValueError(f"{key} needs a lower and a higher number, got {', '.join(bounds)}")
    if is_log and numbers[0] <= 0:
        raise ValueError(f"{key} is searched by its logarithm: expected numbers above 0")
    if not isinstance(now, int | float | None) or isinstance(now, bool):
        raise ValueError(f"{key} is {shown(now)}, no number: name its values, with commas between")
    whole = all(isinstance(it, int) for it in numbers)
    is_whole = whole and isinstance(now, int | None)
    if isinstance(now, int) and now != 0 and not whole:  # 0 may be a number of any kind
        raise ValueError(f"{key} is a whole number, got {', '.join(bounds)}")
    return Span(key, numbers[0], numbers[1], is_log, is_whole)


def _parts(text: str) -> Iterator[str]:
    """The text between commas that stand in no bracket and between no quotes."""
    depth, begun, quote = 0, "", ""
    for letter in text:
        if letter in QUOTES and (quote == letter or not (quote or begun.strip())):
            quote = "" if quote else letter
        if not quote:
            depth += (letter in OPENING) - (letter in CLOSING)
        if letter == "," and depth == 0 and not quote:
            yield begun.strip()
            begun = ""
        else:
            begun += letter
    yield begun.strip()


def _near(key: str, params: Mapping[str, Any]) -> str:
    """The keys that may be meant: of the same last part, or spelt alike."""
    last = key.rpartition(".")[2]
    alike = [it for it in params if it.rpartition(".")[2] == last]
    if not alike:
        lasts = {it.rpartition(".")[2]: it for it in params}
        alike = [lasts[it] for it in difflib.get_close_matches(last, lasts, n=2, cutoff=0.7)]
    alike = alike or [it for it in params if it.startswith(f"{key.partition('.')[0]}.")]
    return f"did you mean {' or '.join(alike)}?" if alike else "see params.yaml"
