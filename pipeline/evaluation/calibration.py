"""Confidences and successes become a reliability table: is 90 % sure right 90 % of the time?"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy by bin; bins without a position are left out.

    A position with confidence c is in the bin with low < c <= high; 0 is in the first one.
    """

    low: Float[np.ndarray, "bin"]
    high: Float[np.ndarray, "bin"]
    count: Int[np.ndarray, "bin"]
    """Positions in the bin."""
    confidence: Float[np.ndarray, "bin"]
    """Their mean confidence, in [0, 1]."""
    accuracy: Float[np.ndarray, "bin"]
    """The share of them that is right, in [0, 1]."""

    @property
    def expected_error(self) -> float:
        """How far confidence is from accuracy on average, in [0, 1].

        ECE = sum over bins of count / n * |accuracy - confidence| (Guo et al. 2017, eq. 3).
        """
        gaps = np.abs(self.accuracy - self.confidence)
        return float(np.average(gaps, weights=self.count))

    @property
    def maximum_error(self) -> float:
        """How far confidence is from accuracy in the worst bin (Guo et al. 2017, eq. 5)."""
        return float(np.abs(self.accuracy - self.confidence).max())


def reliability(
    confidence: Float[np.ndarray, "position"], is_correct: Bool[np.ndarray, "position"], bins: int
) -> Reliability:
    """Sort the positions into bins of equal width over [0, 1].

    Raises:
        ValueError: there are no positions, or a confidence is not in [0, 1].
    """
    if not confidence.size:
        raise ValueError("a reliability table needs at least one position, got none")
    # A softmax in 32 bits may end a rounding above 1.
    if not (confidence.min() >= 0 and confidence.max() <= 1 + 1e-5):
        raise ValueError(
            f"confidence must lie in [0, 1], got {confidence.min()} to {confidence.max()}"
        )
    edges = np.arange(bins + 1) / bins
    number = np.clip(np.searchsorted(edges, confidence) - 1, 0, bins - 1)
    count = np.bincount(number, minlength=bins)
    filled = count > 0
    return Reliability(
        low=edges[:-1][filled],
        high=edges[1:][filled],
        count=count[filled],
        confidence=_means(confidence, number, count, filled),
        accuracy=_means(is_correct, number, count, filled),
    )


def _means(
    values: np.ndarray, number: np.ndarray, count: np.ndarray, filled: np.ndarray
) -> np.ndarray:
    """The mean of the values in each filled bin."""
    totals = np.bincount(number, weights=values, minlength=len(count))
    return np.asarray(totals[filled] / count[filled])
