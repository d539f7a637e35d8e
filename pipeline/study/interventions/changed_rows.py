"""What has changed once heads are gone -> rows with intervals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from pipeline.resampling import Resampling, bootstrap_ratios
from pipeline.study.about import About, Family, Headline
from pipeline.study.interventions.ablation import Ablated, Changed, Pruning
from pipeline.study.table import HeadRow

_ALONE = "One head alone is gone: heads that do the same work stand in for each other."
_GREEDY = (
    "Each step takes the head of least importance by gate, which need not be the one that costs "
    "least, nor make the best set."
)
_MEAN = "after Wang et al. 2023, whose mean is of texts of the same pattern, place by place"
_PRUNED = (
    "after Michel et al. 2019, section 4, who take importance once, and a tenth of the heads a step"
)

ZERO_LOSS = About(
    "zero_loss",
    Family.OWED,
    title="rise of the loss without it",
    unit="nats",
    meaning="How much the loss rises when the head gives nothing.",
    caveat=_ALONE,
    source="after Michel et al. 2019, section 3.2, who tell of BLEU and accuracy",
    headline=Headline("loss without", 10),
)
ZERO_ACCURACY = About(
    "zero_accuracy",
    Family.OWED,
    title="change of accuracy without it",
    unit="",
    meaning="What the accuracy gains when the head gives nothing.",
    caveat=_ALONE,
    source="Michel et al. 2019, section 3.2",
)
MEAN_LOSS = About(
    "mean_loss",
    Family.OWED,
    title="rise of the loss at its mean",
    unit="nats",
    meaning="How much the loss rises when the head always gives its mean.",
    caveat=_ALONE,
    source=_MEAN,
)
MEAN_ACCURACY = About(
    "mean_accuracy",
    Family.OWED,
    title="change of accuracy at its mean",
    unit="",
    meaning="What the accuracy gains when the head always gives its mean.",
    caveat=_ALONE,
    source=_MEAN,
)
PRUNING_LOSS = About(
    "pruning_loss",
    Family.OWED,
    title="rise of the loss as heads go",
    unit="nats",
    meaning="How much the loss has risen when this head and those of the steps before are gone.",
    caveat=_GREEDY,
    source=_PRUNED,
)
PRUNING_ACCURACY = About(
    "pruning_accuracy",
    Family.OWED,
    title="change of accuracy as heads go",
    unit="",
    meaning="Change of the accuracy when this head and those of the steps before are gone.",
    caveat=_GREEDY,
    source=_PRUNED,
)
ABOUTS = (ZERO_LOSS, ZERO_ACCURACY, MEAN_LOSS, MEAN_ACCURACY, PRUNING_LOSS, PRUNING_ACCURACY)


@dataclass(frozen=True)
class ChangedHead:
    """Which head is gone, and what has changed."""

    loss: About
    accuracy: About
    """As which measures the two changes are told."""
    layer: int
    head: int
    """Both from 0."""
    step: int | None
    """How many heads are gone, this one the last; None: this one alone."""
    changed: Changed


def changes_of(ablated: Ablated, pruning: Pruning) -> Iterator[ChangedHead]:
    """Each head at zero and at its mean; then the one that goes at step 1, 2, ..."""
    for loss, accuracy, found in (
        (ZERO_LOSS, ZERO_ACCURACY, ablated.zero),
        (MEAN_LOSS, MEAN_ACCURACY, ablated.mean),
    ):
        for layer, heads in enumerate(found):
            for head, changed in enumerate(heads):
                yield ChangedHead(loss, accuracy, layer, head, None, changed)
    for number, step in enumerate(pruning.steps, start=1):
        yield ChangedHead(
            PRUNING_LOSS, PRUNING_ACCURACY, step.layer, step.head, number, step.changed
        )


def changed_rows(
    changes: Iterable[ChangedHead], sentences: Int[np.ndarray, " sentence"], resampling: Resampling
) -> Iterator[HeadRow]:
    """Two rows a change, of loss and accuracy, with intervals of the same draws for all."""
    changes = list(changes)
    sums = [sums for one in changes for sums in (one.changed.losses, one.changed.hits)]
    found = bootstrap_ratios(
        np.column_stack(sums), changes[0].changed.targets[:, None], sentences, resampling
    )
    for number, one in enumerate(changes):
        for about, told in zip((one.loss, one.accuracy), found[2 * number :], strict=False):
            yield HeadRow(
                measure=about.name,
                layer=one.layer + 1,
                head=one.head + 1,
                step=one.step,
                value=told.value,
                low=told.low,
                high=told.high,
            )
