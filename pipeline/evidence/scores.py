"""metrics.json -> the few figures of a split that a person compares: DVC's metrics."""

from collections.abc import Mapping
from typing import Any

from pipeline.artifacts import Split
from pipeline.wording import BaselineTitle

HEADLINES = {
    "accuracy": ("accuracy", "loss", "macro_f1", "exact", "perplexity"),
    "f1": ("f1", "precision", "recall", "loss", "accuracy"),
    "perplexity": ("perplexity", "loss", "word_perplexity"),
}
"""What is compared, where it was measured, by the figure that the baselines are held against."""
LOWER_IS_BETTER = ("perplexity",)


def compared_scores(
    figures: Mapping[str, Any], titles: Mapping[str, BaselineTitle], split: Split
) -> dict[str, float]:
    """The split's headlines, and as `baseline` the best that is reached without a model.

    The names are short and the same for both splits, so that `dvc metrics show` has a column for
    each and a row for each split.
    """
    (against,) = {title.figure for title in titles.values()}
    measured = figures[split]
    reached = [
        by_split[split]
        for name, by_split in figures["baselines"].items()
        if name in titles and split in by_split
    ]
    found = {name: measured[name] for name in HEADLINES[against] if name in measured}
    if reached:
        found["baseline"] = (min if against in LOWER_IS_BETTER else max)(reached)
    return found
