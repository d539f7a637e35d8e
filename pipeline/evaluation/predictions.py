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
    """A model's answer at each position: a word when tagging, a hidden token in masked_lm.

    Positions stand in the order of the corpus; those of one sentence are neighbours.
    """

    sentence: Int[np.ndarray, "position"]
    """The sentence's number in its split, from 0."""
    word: Int[np.ndarray, "position"]
    """The word's number in its sentence, from 0."""
    gold: Int[np.ndarray, "position"]
    """The right class's number."""
    predicted: Int[np.ndarray, "position"]
    """The number of the class that the model finds most probable."""
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
            gold=self.gold[chosen],
            predicted=self.predicted[chosen],
            confidence=self.confidence[chosen],
            loss=self.loss[chosen],
            classes=self.classes,
        )


@dataclass(frozen=True)
class KeptPredictions:
    """Predictions as read back, with what names their positions."""

    predictions: Predictions
    sentence_ids: tuple[str, ...]
    """The id of each sentence that has a position, by its number in `predictions`."""
    forms: tuple[str, ...]
    """The word or token at each position."""


def write_predictions(
    path: Path, predictions: Predictions, sentence_ids: Sequence[str], forms: Sequence[str]
) -> None:
    """Write one row a position: sentence_id, word, form, gold, predicted, confidence, loss.

    `sentence_ids` names every sentence of the split, `forms` every position. The classes' names
    and their order stand in the file's metadata. The same input gives the same bytes.

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


def read_predictions(path: Path) -> KeptPredictions:
    """Read what `write_predictions` wrote; sentences are numbered as they appear.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file was not written by `write_predictions`.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is missing: run `dvc repro evaluate`")
    table = pq.read_table(path)
    metadata = table.schema.metadata or {}
    if b"classes" not in metadata:
        raise ValueError(f"{path.name} does not name its classes: run `dvc repro evaluate` again")
    classes = tuple(json.loads(metadata[b"classes"]))
    ids = table["sentence_id"].combine_chunks().dictionary_encode()
    predictions = Predictions(
        sentence=ids.indices.to_numpy(),
        word=table["word"].to_numpy(),
        gold=_numbers(table["gold"], classes),
        predicted=_numbers(table["predicted"], classes),
        confidence=table["confidence"].to_numpy(),
        loss=table["loss"].to_numpy(),
        classes=classes,
    )
    return KeptPredictions(
        predictions, tuple(ids.dictionary.to_pylist()), tuple(table["form"].to_pylist())
    )


def _numbers(names: pa.ChunkedArray, classes: tuple[str, ...]) -> Int[np.ndarray, "position"]:
    """Each name's number among the classes."""
    number = {name: index for index, name in enumerate(classes)}
    return np.array([number[name] for name in names.to_pylist()], dtype=np.int64)
