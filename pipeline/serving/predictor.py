"""A model's folder -> predictions for text."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pipeline.model.batch import Batch
from pipeline.model.checkpoint import load_network
from pipeline.model.network import Network
from pipeline.model.shape import classes_of
from pipeline.tokens.asked import hide_each_word, last_tokens
from pipeline.tokens.batches import TokenBatch, batch_of_sentences
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

    def predict(self, sentence: Text) -> PredictedSentence:
        """A label for each word; of a masked-word model, the word it expects there.

        Raises:
            ValueError: the sentence is empty or longer than the model was made for.
        """
        words = words_of(sentence)
        if self.network.shape.objective == "tagging":
            tokens = batch_of_sentences(self.encoding, [words])
            where = last_tokens(tokens)
            return self._answer(words, tokens, where)
        tokens = batch_of_sentences(self.encoding, [words] * len(words))
        hidden, where = hide_each_word(tokens)
        return self._answer(words, hidden, where)

    @torch.inference_mode()
    def _answer(
        self, words: Sequence[str], tokens: TokenBatch, where: np.ndarray
    ) -> PredictedSentence:
        batch = Batch.of(tokens)
        at = torch.from_numpy(where)
        classes = classes_of(self.network.shape, self.encoding)
        best = self.network.logits(self.network(batch), at).softmax(dim=-1).max(dim=-1)
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
