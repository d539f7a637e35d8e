"""Two rankings of the same words -> how far they agree."""

import numpy as np
from jaxtyping import Float


def kendall_tau_b(
    a: Float[np.ndarray, "*many item"], b: Float[np.ndarray, "*#many item"]
) -> Float[np.ndarray, "*many"]:
    """tau_b = sum_ij s_ij(a) s_ij(b) / sqrt(sum s(a)^2 sum s(b)^2), s_ij = sign(x_i - x_j).

    Kendall 1945. NaN where all of one side are equal.
    """
    of_a, of_b = (np.sign(x[..., :, None] - x[..., None, :]) for x in (a, b))
    both = (of_a * of_b).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore"):
        tau: np.ndarray = both / np.sqrt((of_a**2).sum((-2, -1)) * (of_b**2).sum((-2, -1)))
    return tau
