"""A row with a sentence in it -> the same row with the model's answer, or with its reason.

Whoever answers rows does it here: `headway predict`, the server, and the model in MLflow.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from pipeline.corpus.formats.words import SPACE, Text, paired, words_of
from pipeline.objectives.objective import Part
from pipeline.serving.predictor import Answered, Looked, Predictor, Refused

Row = Mapping[str, Any]
LISTED = (list, tuple, np.ndarray)
TEXT, WORDS, SECOND = "text", "words", "second"
PREDICTION, PROBABILITY, ERROR = "prediction", "probability", "error"
TOKENS, VECTORS, ATTENTION = "tokens", "vectors", "attention"
DECIMALS = 6
"""Of a number: more would change with the sentences that are answered in the same pass."""


@dataclass(frozen=True)
class Wanted:
    """What a row gets besides the answer."""

    has_vectors: bool = False
    """The context-aware vector of each token."""
    head: tuple[int, int] | None = None
    """A layer and a head, from 1, whose weights it gets."""

    def require(self, predictor: Predictor) -> None:
        """Check that the model has this head.

        Raises:
            ValueError: it has not.
        """
        encoder = predictor.network.shape.encoder
        if self.head is None:
            return
        layer, head = self.head
        if not encoder.n_layers:
            raise ValueError("the model has no attention layer (encoder.n_layers is 0), so no head")
        if not (1 <= layer <= encoder.n_layers and 1 <= head <= encoder.n_heads):
            raise ValueError(
                f"expected a layer from 1 to {encoder.n_layers} and a head from 1 to "
                f"{encoder.n_heads}, got {layer}.{head}"
            )


NOTHING = Wanted()


@dataclass(frozen=True)
class GivenRow:
    """One row of what a person gave."""

    cells: Row
    """Empty where it could not be read."""
    sentence: Text | Refused


def given_row(cells: Row, column: str | None = None) -> GivenRow:
    """A row with its sentence: in the column, else in `words`, a list, else in `text`.

    Where there is no list and no `text`, a text in `words` is cut at white space, as it is of a
    corpus: files without lists have their words so.
    """
    return GivenRow(cells, sentence_of(cells, column))


def sentence_of(cells: Row, column: str | None = None) -> Text | Refused:
    """The words or the text of a row, or what it has in their place."""
    for name in (WORDS, TEXT) if column is None else (column,):
        found = cells.get(name)
        if isinstance(found, bytes):  # of text, by programs that do not say so
            found = found.decode(errors="surrogateescape")
        if isinstance(found, LISTED):
            words = list(found)
            if not all(isinstance(word, str) for word in words):
                return Refused(f"expected a list of words in the column `{name}`, found {words!r}")
            return words
        if isinstance(found, str) and name != WORDS:
            return found
    told = cells.get(WORDS)
    if isinstance(told, str) and (
        column == WORDS or (column is None and _is_nothing(cells.get(TEXT)))
    ):
        return [*filter(None, SPACE.split(told))]
    if column is not None:
        return Refused(
            f"expected a text or a list of words in the column `{column}`, found "
            f"{cells[column]!r}" if column in cells else f"the row has no column `{column}`"
        )  # fmt: skip
    given = {name: cells[name] for name in (TEXT, WORDS) if not _is_nothing(cells.get(name))}
    told = " and ".join(f"{cell!r} in `{name}`" for name, cell in given.items()) or "neither"
    return Refused(
        f"expected a text in the column `text` or a list in the column `words`, found {told}"
    )


def _is_nothing(cell: Any) -> bool:
    """Whether a cell is empty; a table of pandas has NaN there."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def asked_row(cells: Row) -> GivenRow:
    """A row with its sentence in `words` or `text`; a pair, where `second` has something."""
    row, second = given_row(cells), cells.get(SECOND)
    return row if _is_nothing(second) else with_second(row, SECOND)


def with_second(row: GivenRow, column: str) -> GivenRow:
    """A row whose sentence is a pair of texts, the second in this column, joined as in a corpus."""
    first, second = row.sentence, sentence_of(row.cells, column)
    if isinstance(first, Refused):
        return row
    if isinstance(second, Refused):
        return GivenRow(row.cells, second)
    try:
        words = words_of(first)
    except ValueError as error:
        return GivenRow(row.cells, Refused(str(error)))
    try:
        return GivenRow(row.cells, paired(words, second))
    except ValueError as error:
        return GivenRow(row.cells, Refused(f"`{column}`: {error}"))


@dataclass(frozen=True)
class RowAnswerer:
    """Adds the model's answers to rows."""

    predictor: Predictor
    wanted: Wanted = field(default=NOTHING)

    @property
    def has_words(self) -> bool:
        """Whether a row gets its words: where the answers are about them."""
        return not self.predictor.network.objective.answers_whole

    @property
    def added(self) -> tuple[str, ...]:
        """The columns that a row may get."""
        looked = {VECTORS: self.wanted.has_vectors, ATTENTION: self.wanted.head is not None}
        names = {WORDS: self.has_words, TOKENS: any(looked.values()), **looked}
        return (PREDICTION, PROBABILITY, ERROR, *(name for name, is_on in names.items() if is_on))

    def answer(self, rows: Sequence[GivenRow]) -> list[dict[str, Any]]:
        """The rows in their order, each with `prediction` and `probability`, or with `error`.

        Raises:
            ValueError: a row has a column of such a name already.
        """
        answers = self.predictor.predict_all([row.sentence for row in rows])
        return [self._answered(row, one) for row, one in zip(rows, answers, strict=True)]

    def _answered(self, row: GivenRow, found: Answered | Refused) -> dict[str, Any]:
        cells = dict(row.cells)
        if self.has_words and isinstance(cells.get(WORDS), str) and isinstance(row.sentence, list):
            cells[WORDS] = row.sentence or None  # the words that it was cut into
        if isinstance(found, Refused):
            added: dict[str, Any] = {PREDICTION: None, PROBABILITY: None, ERROR: found.reason}
        else:
            added = self._told(found)
        require_free_names(cells, self.added)
        return cells | added

    def _told(self, found: Answered) -> dict[str, Any]:
        told: dict[str, Any] = {WORDS: list(found.words)} if self.has_words else {}
        said, p = found.answer.prediction, found.answer.probability
        told[PREDICTION] = said if isinstance(said, str) else [_plain(one) for one in said]
        told[PROBABILITY] = (
            round(p, DECIMALS) if isinstance(p, float) else [round(one, DECIMALS) for one in p]
        )
        if self.wanted != NOTHING:
            told |= self._looked(self.predictor.look(found.words))
        return told

    def _looked(self, looked: Looked) -> dict[str, Any]:
        told: dict[str, Any] = {TOKENS: list(looked.tokens)}
        if self.wanted.has_vectors:
            told[VECTORS] = _rounded(looked.vectors)
        if self.wanted.head is not None:
            layer, head = self.wanted.head
            told[ATTENTION] = _rounded(looked.weights[layer - 1, head - 1])
        return told


def _plain(said: str | Part) -> str | dict[str, Any]:
    return asdict(said) if isinstance(said, Part) else said


def _rounded(array: Float[np.ndarray, "..."]) -> Any:
    """In lists, without the digits that single precision cannot bear."""
    return array.astype(np.float64).round(DECIMALS).tolist()


def require_free_names(cells: Row, added: Iterable[str]) -> None:
    """Check that nothing of a row would be written over; the words that it was given may.

    Raises:
        ValueError: a column has the name of one that is added.
    """
    taken = [
        name
        for name in added
        if name in cells and not (name == WORDS and isinstance(cells[name], (*LISTED, type(None))))
    ]
    if taken:
        raise ValueError(
            f"the rows have a column `{taken[0]}` already, and that is the name of one that is "
            f"added to them: give yours another name"
        )
