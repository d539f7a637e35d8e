"""How far away a token looks."""

from jaxtyping import Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows
from pipeline.study.rows import RowMask, mean_distance

DISTANCE = About(
    "distance",
    Family.LOOKS,
    title="average distance",
    unit="tokens",
    meaning="How many tokens away a token looks, on average.",
    caveat="Looking at a word does not mean that the answer depends on it.",
    source="Vig and Belinkov 2019, section 4.4",
    headline=Headline("distance", 60),
)


def distances(weights: Float[Tensor, "batch head query key"], rows: RowMask) -> RowFigures:
    """sum_j a_ij |i - j|, of every token."""
    yield DISTANCE, mean_distance(weights), rows


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """As `distances`."""
    return distances(work.weights, work.telling_rows)


MEASURE = mean_of_rows(figures, DISTANCE)
