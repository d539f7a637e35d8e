"""A table of vectors -> what a person can read of it: neighbours and numbers."""

import numpy as np
from jaxtyping import Float, Int

COSINES = 1 << 22
"""That are in memory at a time, but for those of one row."""
ROWS = 1 << 16
"""Of a table, in double precision at a time."""


def nearest_neighbours(
    table: Float[np.ndarray, "vocab d_model"], rows: Int[np.ndarray, " row"], count: int
) -> tuple[Int[np.ndarray, "row neighbour"], Float[np.ndarray, "row neighbour"]]:
    """Each row's nearest rows by cosine, in [-1, 1], itself left out; ties by row number.

    All other rows where there are no more than `count`.
    """
    unit, at_once = unit_length(table), max(1, COSINES // len(table))
    parts = [rows[begin : begin + at_once] for begin in range(0, max(1, len(rows)), at_once)]
    found = [_nearest(unit, part, min(count, len(table) - 1)) for part in parts]
    nearest, cosine = (np.concatenate(side) for side in zip(*found, strict=True))
    return nearest, cosine


def _nearest(
    unit: Float[np.ndarray, "vocab d_model"], rows: Int[np.ndarray, " row"], count: int
) -> tuple[Int[np.ndarray, "row neighbour"], Float[np.ndarray, "row neighbour"]]:
    cosine = unit[rows] @ unit.T
    cosine[np.arange(len(rows)), rows] = -np.inf
    nearest = np.argsort(-cosine, axis=1, kind="stable")[:, :count]
    return nearest, np.take_along_axis(cosine, nearest, axis=1)


def unit_length(table: Float[np.ndarray, "row d_model"]) -> Float[np.ndarray, "row d_model"]:
    """Every row divided by its length; a zero row stays zero."""
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table / np.where(length > 0, length, 1))


def effective_rank(table: Float[np.ndarray, "row d_model"]) -> float:
    """How many directions the table really uses, between 1 and d_model.

    exp of the entropy of the normalised singular values (Roy and Vetterli 2007, eq. 3).
    """
    # Squared, they are the eigenvalues of a small matrix: a large table needs no second copy.
    squares = np.zeros((table.shape[1], table.shape[1]))
    for begin in range(0, len(table), ROWS):
        part = table[begin : begin + ROWS].astype(np.float64)
        squares += part.T @ part
    strength = np.sqrt(np.maximum(np.linalg.eigvalsh(squares), 0))
    share = strength[strength > 0] / strength.sum()
    return float(np.exp(-(share * np.log(share)).sum()))
