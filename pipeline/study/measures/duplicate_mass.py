"""How much of its attention a token gives to the same word elsewhere."""

import torch
from jaxtyping import Bool
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows
from pipeline.study.rows import mass

DUPLICATE_MASS = About(
    "duplicate_mass",
    Family.LOOKS,
    title="weight on the same word elsewhere",
    unit="",
    meaning="For words that occur more than once in a sentence: the weight on their other places.",
    caveat="Such words are few, and most are function words and punctuation.",
    source="after Wang et al. 2023, whose duplicate token heads look back only",
)


def duplicates(work: LayerAtWork, seen: Seen) -> Bool[Tensor, "batch query key"]:
    """Where a token sees the same token of the same word elsewhere in the sentence.

    All unknown words are one token, so the id alone does not tell: the words' texts do.
    """
    ids, texts = seen.batch.input_ids, seen.texts
    same = ids[:, :, None] == ids[:, None, :]
    same &= texts[:, :, None] == texts[:, None, :]
    itself = torch.eye(ids.shape[1], dtype=torch.bool, device=ids.device)
    return same & ~itself & work.sees


def figures(work: LayerAtWork, seen: Seen) -> RowFigures:
    """sum_j a_ij over the other places of token i's word, of the tokens that see such a place."""
    same = duplicates(work, seen)
    yield DUPLICATE_MASS, mass(work.weights, same), same.any(dim=-1)[:, None, :]


MEASURE = mean_of_rows(figures, DUPLICATE_MASS)
