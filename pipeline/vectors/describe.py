"""A table of vectors -> what a person can read of it: neighbours, numbers, two dimensions."""

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


def two_dimensions(table: Float[np.ndarray, "row d_model"]) -> Float[np.ndarray, "row 2"]:
    """Where each unit row lies along the two directions in which they differ most.

    These are the first principal components; the rows' mean is at 0. Signs are fixed so that each
    direction's largest entry is positive. Where nothing differs along a direction, all are 0: along
    the second of two rows, along both of one.
    """
    if not len(table):
        return np.zeros((0, 2))
    unit = unit_length(table.astype(np.float64))
    left, strength, right = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    xy = (left * strength * signs)[:, :2]
    return np.pad(xy, ((0, 0), (0, 2 - xy.shape[1])))


def effective_rank(table: Float[np.ndarray, "row d_model"]) -> float:
    """How many directions the table really uses, between 1 and d_model.

    exp of the entropy of the normalised singular values (Roy and Vetterli 2007, eq. 3).
    """
    strength = np.linalg.svd(table.astype(np.float64), compute_uv=False)
    share = strength[strength > 0] / strength.sum()
    return float(np.exp(-(share * np.log(share)).sum()))
