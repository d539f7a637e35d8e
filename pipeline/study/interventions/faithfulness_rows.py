"""What weights reach, and what rankings that know none of them do -> rows with intervals."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from pipeline.resampling import Estimate, Resampling, bootstrap_ratios
from pipeline.study.about import About, Family, Headline
from pipeline.study.interventions.nulls import NULLS, BesideNulls
from pipeline.study.table import HeadRow, known

_HIDDEN = (
    "The word is hidden from every head and keeps its place; taken out, the words around it close "
    "up, and the default model's four heads agree less (0.33 to 0.43 instead of 0.41 to 0.52, on "
    "64 sentences of English EWT), nearness more (0.53 instead of 0.46)."
)

ABOUTS = (
    About(
        "tau_leave_one_out",
        Family.EXPLAINS,
        title="weights and leave-one-out agree",
        unit="",
        meaning="Kendall's tau of weights and of what hiding each other word does to the "
        "prediction.",
        caveat="Other heads and layers carry words too, which one head's weights cannot show. "
        + _HIDDEN,
        source="after Jain and Wallace 2019, section 4.1, who take the word out of the text",
        headline=Headline("tau", 80),
    ),
    About(
        "tau_gradient",
        Family.EXPLAINS,
        title="weights and gradients agree",
        unit="",
        meaning="Kendall's tau of weights and of gradient times input, over the other words.",
        caveat="A gradient tells of small changes; where the model is sure, it is small for all "
        "words.",
        source="after Jain and Wallace 2019, section 4.1, but through the attention too",
    ),
    About(
        "permuted_change",
        Family.EXPLAINS,
        title="change under shuffled weights",
        unit="",
        meaning="How far the prediction moves when the weights are shuffled: 0 not at all, 1 "
        "altogether.",
        caveat="It is of the weights and not of their order, so no ranking can stand beside it. "
        "The shuffles are drawn by chance, so planted truth can check its expectation alone.",
        source="Jain and Wallace 2019, section 4.2.1; a mean of 10 shuffles",
    ),
    About(
        "uniform_change",
        Family.EXPLAINS,
        title="change under equal weights",
        unit="",
        meaning="How far the prediction moves when all weights are equal: 0 not at all, 1 "
        "altogether.",
        caveat="A model trained with equal weights might do as well: that is not measured here. No "
        "ranking can stand beside it.",
        source="Wiegreffe and Pinter 2019, the uniform baseline",
    ),
    About(
        "comprehensiveness",
        Family.EXPLAINS,
        title="fall without the most attended",
        unit="",
        meaning="How far the predicted class's probability falls without the words most attended "
        "to.",
        caveat="Sentences whose words no head may look at are unlike those of the training.",
        source="after DeYoung et al. 2020, eq. 1, who take words out; mean over 10, 20 and 50 % of "
        "them",
    ),
    About(
        "sufficiency",
        Family.EXPLAINS,
        title="fall with only the most attended",
        unit="",
        meaning="How far that probability falls when no other words can be attended to: 0 they "
        "suffice.",
        caveat="Near 0 as well where the word alone says enough.",
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
    the last is of paired differences. `sentences` are the numbers in the split.
    """
    rows, totals, counted = zip(*_figures(found), strict=True)
    counts = np.column_stack(counted)
    if counts.any():
        told = bootstrap_ratios(np.column_stack(totals), counts, sentences, resampling)
    else:
        told = [Estimate(math.nan, math.nan, math.nan)] * len(rows)
    for row, one in zip(rows, told, strict=True):
        yield replace(row, value=known(one.value), low=known(one.low), high=known(one.high))


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
