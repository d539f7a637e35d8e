"""How much of its attention a token gives to tokens that stand for no word."""

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows
from pipeline.study.rows import mass
from pipeline.tokens.tokenizer import SPECIAL

SPECIAL_MASS = About(
    "special_mass",
    Family.LOOKS,
    title="on special tokens",
    unit="",
    meaning="Weight on unknown words; none is hidden for this.",
    caveat="It depends on how many of them the text has.",
    source="after Clark et al. 2019, section 3.2, whose special tokens are [CLS] and [SEP]",
)


def figures(work: LayerAtWork, seen: Seen) -> RowFigures:
    """sum_j a_ij over the special tokens, of every token."""
    is_special = (seen.batch.input_ids < len(SPECIAL))[:, None, :]
    yield SPECIAL_MASS, mass(work.weights, is_special & work.sees), work.telling_rows


MEASURE = mean_of_rows(figures, SPECIAL_MASS)
