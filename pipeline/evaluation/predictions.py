"""What a model answered at every position, kept as Parquet for paired comparison."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int

from pipeline.files import whole_file


@dataclass(frozen=True)
class Predictions:
    """A model's answer at each position: whatever it was asked about.

    Positions stand in the order of the corpus; those of one sentence are neighbours.
    """

    sentence: Int[np.ndarray, "position"]
    """The sentence's number in its split, from 0."""
    word: Int[np.ndarray, "position"]
    """The word that the answer is about, from 0; of a whole sentence, which question."""
    place: Int[np.ndarray, "position"]
    """Where the answer is read: the token, from 0 in its sentence; or which question."""
    gold: Int[np.ndarray, "position"]
    """The right class's number; UNSEEN where the model has no such class."""
    predicted: Int[np.ndarray, "position"]
    """The number of the class that the model answers."""
    confidence: Float[np.ndarray, "position"]
    """The probability that the model gives `predicted`, in [0, 1]."""
    loss: Float[np.ndarray, "position"]
    """-log p(gold), in nats; NaN where the model does not know the right class."""
    classes: tuple[str, ...]
    """The classes' names, by number."""

    def __len__(self) -> int:
        return len(self.gold)

    @property
    def is_correct(self) -> Bool[np.ndarray, "position"]:
        """Whether the model is right."""
        return np.asarray(self.predicted == self.gold)

    @property
    def answerable(self) -> "Predictions":
        """The positions whose right class the model knows: those that have a loss."""
        return self.where(np.isfinite(self.loss))

    @property
    def sentences(self) -> int:
        """How many sentences have a position."""
        return len(np.unique(self.sentence))

    def where(self, chosen: Bool[np.ndarray, "position"]) -> "Predictions":
        """The chosen positions only."""
        return Predictions(
            sentence=self.sentence[chosen],
            word=self.word[chosen],
            place=self.place[chosen],
            gold=self.gold[chosen],
            predicted=self.predicted[chosen],
            confidence=self.confidence[chosen],
            loss=self.loss[chosen],
            classes=self.classes,
        )


def write_predictions(
    path: Path, predictions: Predictions, sentence_ids: Sequence[str], forms: Sequence[str]
) -> None:
    """Write one row a position: sentence_id, word, form, gold, predicted, confidence, loss.

    `sentence_ids` names every sentence of the split, `forms` every position. The classes' names
    and their order stand in the file's metadata, and every right class must be among them
    (`Sentences.with_unseen_labels`). The same input gives the same bytes.

    Raises:
        ValueError: there is not one form a position, or two sentences share an id.
    """
    if len(forms) != len(predictions):
        raise ValueError(f"expected one form a position, {len(predictions)}, got {len(forms)}")
    if len(set(sentence_ids)) != len(sentence_ids):
        raise ValueError("two sentences have the same id: paired comparison needs unique ids")
    columns = {
        "sentence_id": pa.array(sentence_ids, pa.string()).take(pa.array(predictions.sentence)),
        "word": pa.array(predictions.word, pa.int32()),
        "form": pa.array(forms, pa.string()),
        "gold": pa.array(predictions.classes, pa.string()).take(pa.array(predictions.gold)),
        "predicted": pa.array(predictions.classes, pa.string()).take(
            pa.array(predictions.predicted)
        ),
        "confidence": pa.array(predictions.confidence.astype(np.float32)),
        "loss": pa.array(predictions.loss.astype(np.float32)),
    }
    table = pa.table(columns, metadata={"classes": json.dumps(predictions.classes)})
    with whole_file(path) as beside:
        pq.write_table(table, beside, compression="zstd")
