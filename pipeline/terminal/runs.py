"""The newest runs -> the cells of their table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.numbers import ABSENT, with_interval

if TYPE_CHECKING:
    from pipeline.runs.listing import Measured, RunRow

F1 = "test span F1"
RUN_COLUMNS = (
    "run",
    "id",
    "status",
    "started",
    F1,
    "test accuracy",
    "validation accuracy",
    "validation loss",
    "epochs",
    "seconds",
)
LEAST_NEEDED = ("epochs", "seconds", "validation loss", "started", "validation accuracy")
"""Columns of runs that a narrow terminal goes without, in this order."""


def run_table(rows: Sequence["RunRow"]) -> tuple[list[str], list[list[str]]]:
    """Titles and cells; the score of spans only where a run has it."""
    left_out = () if any(row.test_f1 for row in rows) else (F1,)
    shown = [place for place, title in enumerate(RUN_COLUMNS) if title not in left_out]
    cells = map(_cells, rows)
    return [RUN_COLUMNS[it] for it in shown], [[row[it] for it in shown] for row in cells]


def _cells(row: "RunRow") -> list[str]:
    """One run in the order of RUN_COLUMNS."""
    return [
        row.name,
        row.run_id[:8],
        row.state,
        f"{row.started:%Y-%m-%d %H:%M}",
        _measured(row.test_f1),
        _measured(row.test_accuracy),
        _measured(row.validation_accuracy),
        _measured(row.validation_loss),
        ABSENT if row.epochs is None else str(row.epochs),
        ABSENT if row.seconds is None else f"{row.seconds:.1f}",
    ]


def _measured(number: "Measured | None") -> str:
    if number is None:
        return ABSENT
    return with_interval(number.value, number.low, number.high, number.draws)
