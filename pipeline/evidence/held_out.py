"""A split's corpus -> what its evaluation needs to know of the sentences."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int

from pipeline.corpus.store import read_rows
from pipeline.evidence.predictions import Predictions


@dataclass(frozen=True)
class Sentences:
    """A split's sentences, column by column."""

    ids: list[str]
    genres: list[str]
    lengths: Int[np.ndarray, " sentence"]
    """Words in each sentence."""
    forms: list[str]
    """All words, end to end."""
    labels: list[str]
    """All words' labels, end to end."""

    def forms_at(self, predictions: Predictions) -> list[str]:
        """The word at each position."""
        start = np.cumsum(self.lengths) - self.lengths
        return [self.forms[i] for i in start[predictions.sentence] + predictions.word]


def read_split(path: Path) -> Sentences:
    """Read a split of the corpus.

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    sentences = Sentences([], [], np.zeros(0, dtype=np.int64), [], [])
    lengths = []
    for rows in read_rows(path, ["sentence_id", "genre", "form", "upos"]):
        sentences.ids.extend(rows["sentence_id"].to_pylist())
        sentences.genres.extend(rows["genre"].to_pylist())
        sentences.forms.extend(rows["form"].flatten().to_pylist())
        sentences.labels.extend(rows["upos"].flatten().to_pylist())
        lengths.append(rows["form"].value_lengths().to_numpy())
    return Sentences(
        sentences.ids, sentences.genres, np.concatenate(lengths), sentences.forms, sentences.labels
    )


def is_among(forms: list[str], known: set[str]) -> Bool[np.ndarray, " position"]:
    """Whether each form is a known one, as written."""
    return np.fromiter((form in known for form in forms), dtype=bool, count=len(forms))
