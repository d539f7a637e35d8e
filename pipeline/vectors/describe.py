"""A table of vectors -> what a person can read of it: neighbours and numbers."""

import numpy as np
from jaxtyping import Float, Int


def nearest_neighbours(
    table: Float[np.ndarray, "vocab d_model"], rows: Int[np.ndarray, " row"], count: int
) -> tuple[Int[np.ndarray, "row neighbour"], Float[np.ndarray, "row neighbour"]]:
    """Each row's nearest rows by cosine, in [-1, 1], itself left out; ties by row number.

    All other rows where there are no more than `count`.
    """
    unit = unit_length(table)
    cosine = unit[rows] @ unit.T
    cosine[np.arange(len(rows)), rows] = -np.inf
    nearest = np.argsort(-cosine, axis=1, kind="stable")[:, : min(count, len(table) - 1)]
    return nearest, np.take_along_axis(cosine, nearest, axis=1)


def unit_length(table: Float[np.ndarray, "row d_model"]) -> Float[np.ndarray, "row d_model"]:
    """Every row divided by its length; a zero row stays zero."""
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table / np.where(length > 0, length, 1))


def effective_rank(table: Float[np.ndarray, "row d_model"]) -> float:
    """How many directions the table really uses, between 1 and d_model.

    exp of the entropy of the normalised singular values (Roy and Vetterli 2007, eq. 3).
    """
    strength = np.linalg.svd(table.astype(np.float64), compute_uv=False)
    share = strength[strength > 0] / strength.sum()
    return float(np.exp(-(share * np.log(share)).sum()))
