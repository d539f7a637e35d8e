"""Masked words: accuracy, loss and perplexity; the most frequent token beside.

With thousands of classes there is no confusion matrix and no table of classes.
"""

import numpy as np

from pipeline.evaluation.baselines import majority_label
from pipeline.evaluation.measured import Drawn, Evidence, of_tokens
from pipeline.evaluation.measuring import Measurable, Measuring


def measure(split: Measurable) -> Evidence:
    """Measure a masked language model on its hidden tokens; no figure where none can be asked."""
    p, resampling = split.predictions, split.resampling
    return Evidence(len(p), p.sentences, Drawn.of(p, resampling), of_tokens(p, resampling))


def baselines(split: Measurable) -> dict[str, float]:
    """Accuracy of always answering the training split's most frequent token of those asked here.

    Nothing where no token is asked, or training has none of those that are.
    """
    gold, train = split.predictions.gold, split.train_tokens.input_ids
    known = train[np.isin(train, np.unique(gold))]
    return {"majority": float((gold == majority_label(known)).mean())} if len(known) else {}


MASKED_LM = Measuring(measure, baselines)
