"""A model's folder -> predictions for text."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pipeline.model.batch import Batch
from pipeline.model.checkpoint import load_network
from pipeline.model.network import Network
from pipeline.model.shape import classes_of
from pipeline.tokens.encoding import Encoding, load_encoding
from pipeline.tokens.words import Text, words_of


@dataclass(frozen=True)
class PredictedSentence:
    """A class for each word, and the probability in [0, 1] that the model gives it."""

    words: tuple[str, ...]
    labels: tuple[str, ...]
    confidence: tuple[float, ...]


@dataclass(frozen=True)
class Predictor:
    """A trained network with the encoding that it was trained on."""

    network: Network
    encoding: Encoding

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        """Read weights, shape, tokenizer and labels; nothing in the folder can run code."""
        return cls(network=load_network(folder), encoding=load_encoding(folder))

    @torch.inference_mode()
    def predict(self, sentence: Text) -> PredictedSentence:
        """What the model answers about each word, or about the sentence.

        Raises:
            ValueError: the sentence is empty or longer than the model was made for.
        """
        words = words_of(sentence)
        shape = self.network.shape
        asked = self.network.objective.ask(self.encoding, words, len(shape.asked or ()))
        batch, at = Batch.of_tokens(asked.tokens), torch.from_numpy(asked.at)
        logits = self.network.logits(self.network(batch), at, batch.is_token)
        best, classes = logits.softmax(dim=-1).max(dim=-1), classes_of(shape, self.encoding)
        return PredictedSentence(
            words=tuple(words),
            labels=tuple(classes[i] for i in best.indices),
            confidence=tuple(best.values.tolist()),
        )


def sentences_of(rows: Iterable[Mapping[Hashable, object]]) -> Iterator[Text]:
    """Each row's list of words, else its text.

    Raises:
        ValueError: a row has neither.
    """
    for number, row in enumerate(rows, 1):
        words, text = row.get("words"), row.get("text")
        if isinstance(words, list | tuple | np.ndarray):
            yield [str(word) for word in words]
        elif isinstance(text, str):
            yield text
        else:
            raise ValueError(
                f"expected a text in the column `text` or a list in the column `words`, found "
                f"neither in row {number}"
            )
