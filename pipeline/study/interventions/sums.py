"""A network's answers to batches -> sums of each sentence, so that sentences can be resampled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor, nn

from pipeline.attention import Act
from pipeline.model.batch import Batch
from pipeline.model.network import Network


@dataclass(frozen=True)
class SentenceSums:
    """Over the targets of each sentence, in the order of the batches."""

    loss: Float[np.ndarray, " sentence"]
    """Sum of -log p(right class), in nats."""
    correct: Float[np.ndarray, " sentence"]
    """Targets whose most likely class is right."""
    targets: Int[np.ndarray, " sentence"]

    @property
    def means(self) -> tuple[float, float]:
        """Loss in nats a target, and accuracy."""
        targets = self.targets.sum()
        return float(self.loss.sum() / targets), float(self.correct.sum() / targets)

    @classmethod
    def joined(cls, parts: list["SentenceSums"]) -> "SentenceSums":
        """Those of several batches, one after the other.

        Raises:
            ValueError: there is no target.
        """
        if not sum(int(part.targets.sum()) for part in parts):
            raise ValueError("expected something to predict, found nothing: is the split empty?")
        return cls(
            np.concatenate([part.loss for part in parts]),
            np.concatenate([part.correct for part in parts]),
            np.concatenate([part.targets for part in parts]),
        )


def sentence_sums(
    network: Network, batch: Batch, act: Act
) -> tuple[SentenceSums, Float[Tensor, ""]]:
    """The sums of a batch's sentences, and the sum of all losses with its gradient.

    Of the pass that `act` takes part in.
    """
    logits = network.logits(network(batch, act=act), batch.target_at, batch.is_token)
    loss = nn.functional.cross_entropy(logits.float(), batch.target_ids, reduction="none")
    correct = logits.argmax(dim=-1) == batch.target_ids
    sentences = len(batch.input_ids)
    row = (batch.target_at // batch.places).numpy()

    def summed(values: Tensor) -> Float[np.ndarray, " sentence"]:
        found = np.bincount(row, values.detach().double().numpy(), minlength=sentences)
        return found.astype(np.float64)  # of no target, bincount counts in whole numbers

    targets = np.bincount(row, minlength=sentences)
    return SentenceSums(summed(loss), summed(correct), targets), loss.sum()


@dataclass(frozen=True)
class TargetSums:
    """A figure's sum over the targets of each sentence, and over how many: where it is known."""

    total: Float[np.ndarray, "sentence *place"]
    known: Int[np.ndarray, "sentence *place"]

    @classmethod
    def of(
        cls, values: Sequence[Float[np.ndarray, "*place _"]], place: tuple[int, ...]
    ) -> "TargetSums":
        """Of each sentence's values, NaN where not known; there may be no sentence at all."""
        shape = len(values), *place
        total = np.array([np.nansum(one, axis=-1) for one in values], np.float64)
        known = np.array([np.isfinite(one).sum(axis=-1) for one in values], np.int64)
        return cls(total.reshape(shape), known.reshape(shape))
