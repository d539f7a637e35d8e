"""What a person writes of parameters, such as `n_heads=4` -> the runs that have them."""

import difflib
import re
from collections.abc import Iterable, Mapping

AND = re.compile(r"\s+and\s+")
SHOWN = 5


def is_condition(text: str) -> bool:
    """Whether it is about parameters; a run's name has no such sign."""
    return "=" in text


def read_condition(text: str, known: Iterable[str]) -> dict[str, str]:
    """`n_heads=4 and seed=20` -> {"encoder.n_heads": "4", "seed": "20"}, of the parameters known.

    Raises:
        ValueError: a part has no value, or no parameter, or several, are called so.
    """
    names = sorted(set(known))
    found = {}
    for part in AND.split(text.strip()):
        name, _, value = part.partition("=")
        if not name.strip() or not value.strip():
            raise ValueError(
                f"{text!r} is no condition: expected PARAMETER=VALUE, such as n_heads=4, several "
                f"of them with `and` between"
            )
        found[full_name(name.strip(), names)] = value.strip()
    return found


def full_name(name: str, known: Iterable[str]) -> str:
    """The parameter's dotted name, of which the end is enough where no other ends so.

    Raises:
        ValueError: there is none, or there are several; the message names the near ones.
    """
    names = sorted(set(known))
    if name in names:
        return name
    ending = [it for it in names if it.endswith(f".{name}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise ValueError(f"{name} may be {' or '.join(ending)}: write the one that is meant")
    last = {it.rpartition(".")[2]: it for it in names}
    near = difflib.get_close_matches(name, [*names, *last], n=SHOWN, cutoff=0.5)
    told = ", ".join(dict.fromkeys(last.get(it, it) for it in near))
    hint = f"did you mean {told}?" if told else "`params.yaml` has their names"
    raise ValueError(f"no run has a parameter {name!r}: {hint}")


def meets(params: Mapping[str, str], condition: Mapping[str, str]) -> bool:
    """Whether a run's parameters have all these values; numbers are equal however written."""
    return all(
        name in params and plain(params[name]) == plain(value) for name, value in condition.items()
    )


def plain(value: str) -> str | float:
    """A value as it compares: 1e-2 is 0.01, and null is none."""
    text = value.strip().strip("'\"").lower()
    try:
        return float(text)
    except ValueError:
        return {"null": "none", "~": "none"}.get(text, text)


def natural(value: str) -> tuple[bool, float, str]:
    """For sorting: numbers by size, then texts."""
    number = plain(value)
    return (True, 0.0, value) if isinstance(number, str) else (False, number, "")


def short_names(names: Iterable[str]) -> dict[str, str]:
    """For each parameter the last part of its name, or all of it where two would be alike."""
    every = list(dict.fromkeys(names))
    last = [name.rpartition(".")[2] for name in every]
    return {
        name: short if last.count(short) == 1 else name
        for name, short in zip(every, last, strict=True)
    }
