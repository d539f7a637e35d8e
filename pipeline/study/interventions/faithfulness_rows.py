"""What weights reach, and what rankings that know none of them do -> rows with intervals."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from pipeline.resampling import Estimate, Resampling, bootstrap_ratios, has_spread
from pipeline.study.about import About, Family, Headline
from pipeline.study.interventions.nulls import NULLS, BesideNulls
from pipeline.study.table import HeadRow, known

_HIDDEN = (
    "A hidden word keeps its place, and no head can look at it. If it is taken out instead, its "
    "neighbours move together, and the default model's four heads agree less (0.33 to 0.43 instead "
    "of 0.41 to 0.52, on 64 sentences of English EWT), nearness more (0.53 instead of 0.46)."
)

ABOUTS = (
    About(
        "tau_leave_one_out",
        Family.EXPLAINS,
        title="weights agree with hiding words",
        unit="",
        meaning="Do words with more weight change the prediction more when they are hidden? "
        "Kendall's tau. 1: the same order; 0: no relation; -1: the opposite order.",
        caveat="Words also pass through other heads and layers, which these weights do not show. "
        + _HIDDEN,
        source="after Jain and Wallace 2019, section 4.1, who take the word out of the text",
        headline=Headline("tau", 80),
    ),
    About(
        "tau_gradient",
        Family.EXPLAINS,
        title="weights agree with gradients",
        unit="",
        meaning="Do words with more weight have a larger gradient times input? "
        "Kendall's tau. 1: the same order; 0: no relation; -1: the opposite order.",
        caveat="A gradient tells about small changes. Where the model is sure, it is small for "
        "all words.",
        source="after Jain and Wallace 2019, section 4.1, but through the attention too",
    ),
    About(
        "permuted_change",
        Family.EXPLAINS,
        title="change with shuffled weights",
        unit="",
        meaning="How far the prediction moves when the weights are shuffled. 0: not at all; 1: "
        "completely.",
        caveat="It is about the weights, not their order, so no simple ranking can be compared "
        "with it. Shuffles are random, so planted heads can only check their average.",
        source="Jain and Wallace 2019, section 4.2.1; a mean of 10 shuffles",
    ),
    About(
        "uniform_change",
        Family.EXPLAINS,
        title="change with equal weights",
        unit="",
        meaning="How far the prediction moves when all weights are equal. 0: not at all; 1: "
        "completely.",
        caveat="A model trained with equal weights might do as well: that is not measured here. "
        "No simple ranking can be compared with it.",
        source="Wiegreffe and Pinter 2019, the uniform baseline",
    ),
    About(
        "comprehensiveness",
        Family.EXPLAINS,
        title="confidence lost without the top words",
        unit="",
        meaning="How much the probability of the predicted class falls when the words with the "
        "most weight are hidden.",
        caveat="In training, no word was hidden from the heads like this.",
        source="after DeYoung et al. 2020, eq. 1, who take words out; mean over 10, 20 and 50 % of "
        "them",
    ),
    About(
        "sufficiency",
        Family.EXPLAINS,
        title="confidence lost when only the top words are kept",
        unit="",
        meaning="How much that probability falls when all other words are hidden. 0: the top "
        "words are enough.",
        caveat="It is also near 0 where the word itself says enough.",
        source="after DeYoung et al. 2020, eq. 2, who take words out; mean over 10, 20 and 50 % of "
        "them",
    ),
)

Figure = tuple[HeadRow, Float[np.ndarray, " sentence"], Int[np.ndarray, " sentence"]]
"""A row without its value, its sums by sentence, and the targets that they are over."""


def faithfulness_rows(
    found: BesideNulls, sentences: Int[np.ndarray, " sentence"], resampling: Resampling
) -> Iterator[HeadRow]:
    """Of each measure a head's own row; where the order of weights alone counts, two more a null.

    One is what that ranking reaches, the same for every head; the other the head's figure beyond
    that, over the targets where both are known. All intervals are of the same draws, so
    the last is of paired differences; of a single document, or sentence, there are none.
    `sentences` are the numbers in the split.
    """
    rows, totals, counted = zip(*_figures(found), strict=True)
    counts = np.column_stack(counted)
    if counts.any():
        told = bootstrap_ratios(np.column_stack(totals), counts, sentences, resampling)
    else:
        told = [Estimate(math.nan, math.nan, math.nan)] * len(rows)
    is_told = has_spread(sentences[counts.any(axis=1)], resampling)
    for row, one in zip(rows, told, strict=True):
        low, high = (known(one.low), known(one.high)) if is_told else (None, None)
        yield replace(row, value=known(one.value), low=low, high=high)


def _figures(found: BesideNulls) -> Iterator[Figure]:
    for measure, sums in found.heads.items():
        for layer, head in np.ndindex(sums.total.shape[1:]):
            at = slice(None), layer, head
            row = HeadRow(measure=measure, layer=layer + 1, head=head + 1, value=None)
            yield row, sums.total[at], sums.known[at]
            if measure in found.nulls:
                null, beyond = found.nulls[measure], found.beyond[measure]
                for number, name in enumerate(NULLS):
                    its = replace(row, null=name)
                    yield its, null.total[:, number], null.known[:, number]
                    at_null = slice(None), number, layer, head
                    its = replace(row, beyond=name)
                    yield its, beyond.total[at_null], beyond.known[at_null]
