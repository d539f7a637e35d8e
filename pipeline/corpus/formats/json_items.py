"""A JSON array that may be larger than memory -> its items, one at a time."""

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

CHUNK = 1 << 20
"""Characters that are read at a time."""
BETWEEN = re.compile(r"[\s,]*")


class DoubledKeyError(ValueError):
    """An object has a key twice, so that nobody knows which value is meant."""


def without_doubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's entries; raises DoubledKeyError where two have one key."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DoubledKeyError(f"the key {twice!r} is there twice")
    return found


def items_of(text: TextIO, name: str) -> Iterator[Any]:
    """The items of an array whose `[` is read already.

    Raises:
        ValueError: the array ends before its `]`, or an item is no JSON or has a key twice.
    """
    decoder = json.JSONDecoder(object_pairs_hook=without_doubled)
    held, at, number, wanted = text.read(CHUNK), 0, 1, CHUNK
    while not held.startswith("]", at := _after(held, at)):
        try:
            item, at = decoder.raw_decode(held, at)
            if at == len(held) and not isinstance(item, dict | list):
                raise json.JSONDecodeError("a part of a number may be cut off", held, at)
        except json.JSONDecodeError as error:
            if not (more := text.read(wanted)):
                raise ValueError(
                    f"{name}, item {number}: {error.msg}: expected a list of objects, [{{...}}, "
                    f"{{...}}]"
                ) from None
            held, at, wanted = held[at:] + more, 0, 2 * wanted  # the item may be longer than that
            continue
        except (DoubledKeyError, RecursionError) as error:
            raise ValueError(f"{name}, item {number}: {error}") from None
        yield item
        number, wanted = number + 1, CHUNK


def _after(held: str, at: int) -> int:
    """Where the next item begins."""
    found = BETWEEN.match(held, at)
    assert found
    return found.end()
