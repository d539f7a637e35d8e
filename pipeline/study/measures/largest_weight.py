"""How much of its attention a token gives to one token."""

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows

LARGEST_WEIGHT = About(
    "largest_weight",
    Family.LOOKS,
    title="largest weight",
    unit="",
    meaning="A token's largest weight, on average.",
    caveat="A head can look firmly at one token and still be of no use.",
    source="the confidence of Voita et al. 2019, section 4, who leave the end of the sentence out",
    headline=Headline("largest", 100),
)


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """max_j a_ij (Voita et al. 2019, section 4), of every token.

    They leave out the end of the sentence, of which there is no token here.
    """
    yield LARGEST_WEIGHT, work.weights.amax(dim=-1), work.telling_rows


MEASURE = mean_of_rows(figures, LARGEST_WEIGHT)
