"""How much of its attention a token gives to tokens that stand for no word."""

from functools import partial

import torch

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family
from pipeline.study.measuring import Material, Measure, RowFigures, RowMeans, Seen
from pipeline.study.rows import mass
from pipeline.tokens.special import SpecialTokens

SPECIAL_MASS = About(
    "special_mass",
    Family.LOOKS,
    title="weight on unknown words",
    unit="",
    meaning="Average weight on unknown words. No word is hidden for this.",
    caveat="It depends on how many unknown words the text has.",
    source="after Clark et al. 2019, section 3.2, whose special tokens are [CLS] and [SEP]",
)


def figures(work: LayerAtWork, seen: Seen, special: SpecialTokens) -> RowFigures:
    """sum_j a_ij over the special tokens, of every token."""
    ids = torch.tensor(special.ids, device=seen.batch.input_ids.device)
    is_special = torch.isin(seen.batch.input_ids, ids)[:, None, :]
    yield SPECIAL_MASS, mass(work.weights, is_special & work.sees), work.telling_rows


def watch(material: Material) -> RowMeans:
    """The mean over all tokens, with what is special in the model's vocabulary."""
    return RowMeans(partial(figures, special=material.network.shape.special))


MEASURE = Measure((SPECIAL_MASS,), watch)
