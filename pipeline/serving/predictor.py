"""A model's folder -> predictions for text."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pipeline.corpus.formats.words import Text, words_of
from pipeline.model.batch import Batch
from pipeline.model.checkpoint import load_network
from pipeline.model.network import Network
from pipeline.model.shape import classes_of
from pipeline.tokens.encoding import Encoding, load_encoding


@dataclass(frozen=True)
class PredictedSentence:
    """What the model answers, with the probability in [0, 1] that it gives each answer."""

    words: tuple[str, ...]
    labels: tuple[str, ...]
    """One for each word, or one of the sentence; of several labels, those that hold."""
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
        found = logits.softmax(dim=-1)
        if shape.asked is not None:
            holds = found[:, 1]
            which = torch.nonzero(holds > 0.5).flatten().tolist()
            names, values = shape.asked, [float(holds[i]) for i in which]
        else:
            best, names = found.max(dim=-1), classes_of(shape, self.encoding)
            which, values = best.indices.tolist(), best.values.tolist()
        return PredictedSentence(tuple(words), tuple(names[i] for i in which), tuple(values))


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
