"""What has changed once heads are gone -> rows with intervals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from pipeline.resampling import Resampling, bootstrap_ratios, has_spread
from pipeline.study.about import About, Family, Headline
from pipeline.study.interventions.ablation import Ablated, Changed, Pruning
from pipeline.study.table import HeadRow

_ALONE = "Only this head is removed: other heads that do the same work can replace it."
_GREEDY = (
    "Each step removes the head with the smallest importance by gate. Another order might cost "
    "less."
)
_MEAN = "after Wang et al. 2023, whose mean is of texts of the same pattern, place by place"
_PRUNED = (
    "after Michel et al. 2019, section 4, who take importance once, and a tenth of the heads a step"
)

ZERO_LOSS = About(
    "zero_loss",
    Family.OWED,
    title="loss increase without it",
    unit="nats",
    meaning="How much the loss rises when the head writes nothing.",
    caveat=_ALONE,
    source="after Michel et al. 2019, section 3.2, who tell of BLEU and accuracy",
    headline=Headline("loss without", 10),
)
ZERO_ACCURACY = About(
    "zero_accuracy",
    Family.OWED,
    title="accuracy change without it",
    unit="",
    meaning="How much the accuracy changes when the head writes nothing. Below 0: it falls.",
    caveat=_ALONE,
    source="Michel et al. 2019, section 3.2",
)
MEAN_LOSS = About(
    "mean_loss",
    Family.OWED,
    title="loss increase with its output fixed at the average",
    unit="nats",
    meaning="How much the loss rises when the head always writes its average.",
    caveat=_ALONE,
    source=_MEAN,
)
MEAN_ACCURACY = About(
    "mean_accuracy",
    Family.OWED,
    title="accuracy change with its output fixed at the average",
    unit="",
    meaning="How much the accuracy changes when the head always writes its average. Below 0: it "
    "falls.",
    caveat=_ALONE,
    source=_MEAN,
)
PRUNING_LOSS = About(
    "pruning_loss",
    Family.OWED,
    title="loss increase as heads are removed",
    unit="nats",
    meaning="How much the loss has risen when this head and all heads of the steps before are "
    "removed.",
    caveat=_GREEDY,
    source=_PRUNED,
)
PRUNING_ACCURACY = About(
    "pruning_accuracy",
    Family.OWED,
    title="accuracy change as heads are removed",
    unit="",
    meaning="How much the accuracy has changed when this head and all heads of the steps before "
    "are removed. Below 0: it has fallen.",
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
    """Two rows a change, of loss and accuracy, with intervals of the same draws for all.

    Of a single document, or sentence, there is no interval.
    """
    changes = list(changes)
    targets = changes[0].changed.targets
    is_told = has_spread(sentences[targets > 0], resampling)
    sums = [sums for one in changes for sums in (one.changed.losses, one.changed.hits)]
    found = bootstrap_ratios(np.column_stack(sums), targets[:, None], sentences, resampling)
    for number, one in enumerate(changes):
        for about, told in zip((one.loss, one.accuracy), found[2 * number :], strict=False):
            yield HeadRow(
                measure=about.name,
                layer=one.layer + 1,
                head=one.head + 1,
                step=one.step,
                value=told.value,
                low=told.low if is_told else None,
                high=told.high if is_told else None,
            )
