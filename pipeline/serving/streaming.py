"""Rows in, rows with answers out, some at a time: a file of any size in the same memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.endings.full_disk import is_full_disk
from pipeline.foreign import visible_name
from pipeline.progress import advance, begin, warn
from pipeline.serving.predictor import Refused
from pipeline.serving.reading import Opened
from pipeline.serving.rows import ERROR, GivenRow, RowAnswerer
from pipeline.serving.writing import Write

ROWS, LETTERS = 256, 200_000
"""Rows, or letters, that are answered at a time."""
TOLD = 20
"""Rows without an answer that are told of one by one."""


@dataclass
class Count:
    """How it went."""

    rows: int = 0
    without_answer: int = 0

    def __str__(self) -> str:
        told = f"{self.rows:,} row{'s' * (self.rows != 1)}"
        lacking = f", {self.without_answer:,} without an answer"
        return told + lacking * bool(self.without_answer)


def answer_rows(answerer: RowAnswerer, given: Opened, write: Write, at_once: int = ROWS) -> Count:
    """Write every row with its answer, in order; those without one are told on stderr.

    Raises:
        ValueError: a row has a column of its own under a name that is added.
        OSError: what is read or written fails; of a full disk, how many rows are written.
    """
    count = Count()
    begin("predicting", given.share)
    for rows in _parts(given.rows, at_once):
        answered = answerer.answer(rows)
        try:
            write(answered)
        except OSError as error:
            raise (_full(count) if is_full_disk(error) else error) from None
        for row in answered:
            count.rows += 1
            if ERROR in row and row[ERROR] is not None:
                count.without_answer += 1
                _tell(count, row[ERROR])
        advance(len(rows))
    return count


def _full(count: Count) -> OSError:
    return OSError(
        f"the disk is full: the first {count.rows:,} rows are written, each of them whole, and "
        f"perhaps some after them; make room and predict again"
    )


def _tell(count: Count, reason: str) -> None:
    if count.without_answer <= TOLD:
        warn(visible_name(f"row {count.rows}: {reason}"))
    elif count.without_answer == TOLD + 1:
        warn("more rows without an answer are not told of one by one")


def _parts(rows: Iterator[GivenRow], at_once: int) -> Iterator[list[GivenRow]]:
    part: list[GivenRow] = []
    letters = 0
    try:
        for row in rows:
            part.append(row)
            letters += 0 if isinstance(row.sentence, Refused) else sum(map(len, row.sentence))
            if len(part) >= at_once or letters >= LETTERS:
                yield part
                part, letters = [], 0
    except (ValueError, OSError):
        if part:  # what stands before the place that cannot be read
            yield part
        raise
    if part:
        yield part
