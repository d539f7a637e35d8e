"""A split of the corpus -> what an evaluation needs to know of its sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Int

from pipeline.corpus.store import read_columns, read_rows
from pipeline.evaluation.predictions import Predictions
from pipeline.files import whole_file
from pipeline.objectives.question import UNSEEN


@dataclass(frozen=True)
class Sentences:
    """A split's sentences, column by column."""

    ids: list[str]
    genres: list[str]
    """"" where it is not known."""
    lengths: Int[np.ndarray, " sentence"]
    """Words in each sentence."""
    forms: list[str]
    """All words, end to end."""
    answers: list[Any]
    """The learned column: of all words, end to end, or of each sentence; empty where none is."""
    documents: list[str]
    """What each sentence was taken from; "" where it is not known."""

    @property
    def words(self) -> list[list[str]]:
        """The words of each sentence."""
        ends = np.cumsum(self.lengths).tolist()
        return [self.forms[start:end] for start, end in pairwise([0, *ends])]

    @property
    def unit(self) -> Int[np.ndarray, " sentence"] | None:
        """The number of each sentence's document; None where the source knows of none.

        A sentence without one is a document of its own.
        """
        if not any(self.documents):
            return None
        names = [name or f"\0{i}" for i, name in enumerate(self.documents)]
        return np.unique(names, return_inverse=True)[1]

    def forms_at(self, predictions: Predictions, asked: Sequence[str] | None) -> list[str]:
        """The word at each position; or which of `asked`, where a sentence has several answers.

        Of one answer about the whole sentence it is the first word.
        """
        if asked is not None:
            return [asked[i] for i in predictions.word]
        return [self.forms[i] for i in self._at(predictions)]

    def with_unseen_labels(self, predictions: Predictions) -> Predictions:
        """The same, labels that the training split never has as classes after the model's own."""
        is_unseen = predictions.gold == UNSEEN
        is_by_word = len(self.answers) == len(self.forms)
        at = self._at(predictions) if is_by_word else predictions.sentence
        labels = [self.answers[i] for i in at[is_unseen]]
        names, number = np.unique(np.array(labels, dtype=object), return_inverse=True)
        gold = predictions.gold.copy()
        gold[is_unseen] = len(predictions.classes) + number
        return replace(predictions, gold=gold, classes=(*predictions.classes, *names.tolist()))

    def _at(self, predictions: Predictions) -> Int[np.ndarray, " position"]:
        """Where each position's word stands among all words."""
        start = np.cumsum(self.lengths) - self.lengths
        return np.asarray(start[predictions.sentence] + predictions.word)


def read_split(path: Path, target: str | None, is_by_word: bool) -> Sentences:
    """Read a split of the corpus, with the column that is learned, of words or of sentences.

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    genre = {"genre"} & {*read_columns(path).labels}
    columns: dict[str, list[str]] = {name: [] for name in ("sentence_id", "document", *genre)}
    forms, answers, lengths = [], [], []
    for rows in read_rows(path, [*columns, "form", *filter(None, [target])]):
        for name, column in columns.items():
            column.extend(map(_one_text, rows[name].to_pylist()))
        forms.extend(rows["form"].flatten().to_pylist())
        if target:
            answers.extend((rows[target].flatten() if is_by_word else rows[target]).to_pylist())
        lengths.append(rows["form"].value_lengths().to_numpy())
    return Sentences(
        ids=columns["sentence_id"],
        genres=columns.get("genre", [""] * len(columns["sentence_id"])),
        lengths=np.concatenate(lengths),
        forms=forms,
        answers=answers,
        documents=columns["document"],
    )


def _one_text(cell: str | list[str]) -> str:
    """A person's column `genre` may hold lists; an example of several is of their combination."""
    return cell if isinstance(cell, str) else ", ".join(cell)


def write_sentences(path: Path, sentences: Sentences) -> None:
    """Write one row a sentence: sentence_id, document, genre, form (its words).

    Beside the predictions, so that who has a run alone knows what its answers are about. The same
    input gives the same bytes.
    """
    table = pa.table(
        {
            "sentence_id": pa.array(sentences.ids, pa.string()),
            "document": pa.array(sentences.documents, pa.string()),
            "genre": pa.array(sentences.genres, pa.string()),
            "form": pa.array(sentences.words, pa.list_(pa.string())),
        }
    )
    with whole_file(path) as beside:
        pq.write_table(table, beside, compression="zstd")


def is_among(forms: list[str], known: set[str]) -> Bool[np.ndarray, " position"]:
    """Whether each form is a known one, as written."""
    return np.fromiter((form in known for form in forms), dtype=bool, count=len(forms))
