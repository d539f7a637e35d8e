"""What is measured, how, and where it goes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from pipeline.artifacts import Artifacts, Split
from pipeline.evaluation.held_out import Sentences
from pipeline.model.network import Network
from pipeline.objectives.objective import AskedSplit, Prepare
from pipeline.params.evaluate import EvaluateParams
from pipeline.resampling import Resampling
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.keyed import keyed_seed
from pipeline.tokens.store import open_tokens


@dataclass(frozen=True)
class Setting:
    """One evaluation."""

    artifacts: Artifacts
    network: Network
    encoding: Encoding
    params: EvaluateParams
    seed: int
    folder: Path

    def asked(self, split: Split) -> AskedSplit:
        """A split's tokens, with the answers that the model's objective learns."""
        shape = self.network.shape
        return self.network.objective.split(
            self.artifacts.corpus_split(split),
            open_tokens(self.artifacts.tokens_split(split)),
            shape.choices,
        )

    def prepare(self, split: AskedSplit) -> Prepare:
        """How the split is put to the model."""
        return self.network.objective.prepare_evaluation(
            split, self.network.shape.vocabulary, self.seed
        )

    def occurrences(self) -> Int[np.ndarray, " vocab"]:
        """How often each token stands in training; special ones, such as unknown words, never."""
        train = open_tokens(self.artifacts.tokens_split("train"))
        found = np.bincount(train.input_ids, minlength=self.network.shape.vocab_size)
        found[[*self.network.shape.special.ids]] = 0
        return found

    def resampling(self, sentences: Sentences) -> Resampling:
        """How the intervals of a split's figures are made."""
        key = keyed_seed(self.seed, "bootstrap")
        return Resampling(
            self.params.bootstrap_samples, self.params.interval_level, key, sentences.unit
        )
