"""The most frequent tokens and where each lies on a map of their vectors <-> map.json."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from pipeline.files import read_json, unusable

DECIMALS = 4
"""Of coordinates in [-2, 2]: what is rounded off is less than a point of any picture."""


@dataclass(frozen=True)
class WordMap:
    """Tokens, the most frequent first, each at two coordinates in [-2, 2] (`two_dimensions`)."""

    method: str
    """By which the vectors were made."""
    tokens: list[str]
    xy: Float[np.ndarray, "token 2"]


def write_map(found: WordMap, path: Path) -> None:
    """One line of JSON: the same bytes for the same map."""
    places = (np.round(found.xy, DECIMALS) + 0.0).tolist()  # no zero has a sign
    content = {"method": found.method, "tokens": found.tokens, "xy": places}
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def read_map(path: Path) -> WordMap:
    """What `write_map` wrote.

    Raises:
        ValueError: the file is missing or damaged.
    """
    told = read_json(path)
    try:
        xy = np.array(told["xy"], dtype=np.float64).reshape(len(told["tokens"]), 2)
        return WordMap(str(told["method"]), [str(token) for token in told["tokens"]], xy)
    except (KeyError, TypeError, ValueError) as error:
        raise unusable(path, error) from None
