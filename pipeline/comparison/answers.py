"""What a run kept of its test split -> arrays: what was asked, what is right, what it answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Int

from pipeline.files import unusable
from pipeline.objectives.classification import YES_OR_NO


@dataclass(frozen=True, eq=False)
class Answers:
    """A run's answers, a row a position, as `write_predictions` keeps them."""

    table: pa.Table
    """sentence_id, word, form, gold, predicted, confidence, loss."""
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def is_correct(self) -> Bool[np.ndarray, " position"]:
        """Whether the model is right."""
        return np.asarray(pc.equal(self.table["gold"], self.table["predicted"]))

    @cached_property
    def loss(self) -> Float[np.ndarray, " position"]:
        """In nats; NaN where the model does not know the right class."""
        return np.asarray(self.table["loss"], dtype=np.float64)

    @cached_property
    def gold(self) -> Int[np.ndarray, " position"]:
        """The number of the right class among `classes`."""
        return self._numbers("gold")

    @cached_property
    def predicted(self) -> Int[np.ndarray, " position"]:
        """The number of the class that the model finds most probable."""
        return self._numbers("predicted")

    @cached_property
    def sentence(self) -> Int[np.ndarray, " position"]:
        """The number of each position's sentence, of those that have one."""
        told = self.table["sentence_id"]
        return np.asarray(pc.index_in(told, value_set=pc.unique(told)), dtype=np.int64)

    def asks_the_same_as(self, other: "Answers") -> bool:
        """Whether both answer at the same positions, with the same right answers."""
        return all(
            self.table[name].equals(other.table[name])
            for name in ("sentence_id", "word", "form", "gold")
        )

    def knows_as_many_as(self, other: "Answers") -> bool:
        """Whether both know the right classes of the same positions, asked the same."""
        return bool((np.isfinite(self.loss) == np.isfinite(other.loss)).all())

    def chooses_as(self, other: "Answers") -> bool:
        """Whether both choose from the same, and where that is yes or no, about the same things."""
        if self.classes != other.classes:
            return False
        return self.classes != YES_OR_NO or self.things == other.things

    @property
    def things(self) -> set[str]:
        """What was asked about."""
        return set(pc.unique(self.table["form"]).to_pylist())

    def _numbers(self, name: str) -> Int[np.ndarray, " position"]:
        numbers = pc.index_in(self.table[name], value_set=pa.array(self.classes, pa.string()))
        return np.asarray(numbers, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Asked:
    """The sentences that the answers are about; what is not known of them is empty."""

    ids: tuple[str, ...]
    documents: tuple[str, ...]
    genres: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def knows_documents(self) -> bool:
        """Whether they are told apart by documents."""
        return any(self.documents)

    def units_of(self, answers: Answers) -> Int[np.ndarray, " position"]:
        """The number of each position's document, or of its sentence where none is known; no gaps.

        A sentence without a document is one of its own. As the evaluation's intervals are drawn.
        """
        names = [
            document or f"\0{place}" if self.knows_documents else str(place)
            for place, document in enumerate(self.documents)
        ]
        unit = np.unique(names, return_inverse=True)[1]
        return np.unique(unit[self.sentence_of(answers)], return_inverse=True)[1]

    def sentence_of(self, answers: Answers) -> Int[np.ndarray, " position"]:
        """The number of each position's sentence."""
        found = pc.index_in(answers.table["sentence_id"], value_set=pa.array(self.ids, pa.string()))
        return np.asarray(found, dtype=np.int64)


def read_answers(file: Path) -> Answers:
    """Read what `write_predictions` wrote.

    Raises:
        ValueError: it is damaged, or something else.
    """
    try:
        table = pq.read_table(file)
        told: Mapping[bytes, bytes] = table.schema.metadata or {}
        classes = tuple(map(str, json.loads(told[b"classes"])))
        columns = ["sentence_id", "word", "form", "gold", "predicted", "confidence", "loss"]
        return Answers(table.select(columns).combine_chunks(), classes)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise unusable(file, str(error).splitlines()[0]) from None


def read_asked(file: Path | None, answers: Answers) -> Asked:
    """Read what `write_sentences` wrote; of an older run, what its answers tell of the sentences.

    Raises:
        ValueError: the file is damaged, or something else.
    """
    if file is None:
        ids = tuple(pc.unique(answers.table["sentence_id"]).to_pylist())
        empty = ("",) * len(ids)
        return Asked(ids, empty, empty, ((),) * len(ids))
    try:
        found = pq.read_table(file).to_pydict()
        return Asked(
            tuple(found["sentence_id"]),
            tuple(found["document"]),
            tuple(found["genre"]),
            tuple(map(tuple, found["form"])),
        )
    except (pa.ArrowException, OSError, KeyError) as error:
        raise unusable(file, str(error).splitlines()[0]) from None
