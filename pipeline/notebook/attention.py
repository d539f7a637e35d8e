"""Weights with names: which layer, which head, which token looks, and at which."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float

from pipeline.notebook.frame import in_frame
from pipeline.pages.server_pages import attention_page

ROW, ROUND_IT = 30, 260
"""Pixels: of a row of the map, and of everything else."""
LOWEST, HIGHEST = 380, 900


@dataclass(frozen=True, eq=False)
class Attention:
    """Where every head looks in one sentence; draws itself as a page to choose heads on."""

    weights: Float[np.ndarray, "layer head query key"]
    """Each row of a head, over the keys, sums to 1."""
    tokens: tuple[str, ...]
    """The names of queries and of keys."""
    words: tuple[str, ...]
    dims: ClassVar[tuple[str, ...]] = ("layer", "head", "query", "key")
    """The names of the weights' axes."""

    def head(self, layer: int, head: int) -> pd.DataFrame:
        """The weights of one head, both counted from 1: a row looks, a column is looked at.

        Raises:
            ValueError: there is no such head.
        """
        layers, heads = self.weights.shape[:2]
        if not (1 <= layer <= layers and 1 <= head <= heads):
            raise ValueError(
                f"expected a layer from 1 to {layers} and a head from 1 to {heads}, got "
                f"{layer}.{head}"
            )
        names = [pd.Index(self.tokens, name=name) for name in self.dims[2:]]
        return pd.DataFrame(self.weights[layer - 1, head - 1], *names)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{n} {s}" for n, s in zip(self.dims, self.weights.shape, strict=True))
        return f"Attention({' '.join(self.words)!r}: {sizes})"

    def _repr_html_(self) -> str:
        height = min(HIGHEST, max(LOWEST, ROUND_IT + ROW * len(self.tokens)))
        return in_frame(attention_page(self.words, self.tokens, self.weights), height)
