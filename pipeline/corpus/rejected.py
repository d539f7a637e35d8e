"""Rows of a person's files that are no examples -> a list of them, which must not be long."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

REASONS = 3
"""Reasons that a message names."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is no example."""

    file: str
    row: int
    reason: str
    """In words that all such rows share."""
    found: str = ""
    """What was found in this one, where the reason does not say it."""

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}{': ' * bool(self.found)}{self.found}"


class Rejections:
    """What was rejected while the rows were read, and of how many."""

    def __init__(self, most: float) -> None:
        self.most = most
        """The largest share of the rows that may be rejected."""
        self.rows: list[Rejected] = []
        self.read = 0
        """Rows that were read, these among them."""

    def add(self, file: str, row: int, reason: str, found: str = "") -> None:
        """A row that is no example."""
        self.rows.append(Rejected(file, row, reason, found))

    def reasons(self) -> dict[str, int]:
        """How many rows were rejected for each reason, most first."""
        return dict(Counter(one.reason for one in self.rows).most_common())

    def check(self) -> None:
        """Raise ValueError where too many of the rows were rejected, with the reasons."""
        if len(self.rows) <= self.most * self.read:
            return
        first = {one.reason: one for one in reversed(self.rows)}
        told = list(self.reasons().items())[:REASONS]
        lines = [f"  {count:,}: {reason} (first: {first[reason]})" for reason, count in told]
        if others := len(self.rows) - sum(count for _, count in told):
            lines.append(f"  {others:,}: other reasons")
        raise ValueError(
            f"{len(self.rows):,} of {self.read:,} rows are no examples, more than the share of "
            f"{self.most:g} that corpus.max_rejected allows: mend them, or raise it\n"
            + "\n".join(lines)
        )

    def write(self, path: Path) -> None:
        """Write a line of JSON for each row that was rejected."""
        told = ({name: it for name, it in asdict(one).items() if it != ""} for one in self.rows)
        lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in told]
        path.write_text("".join(lines), encoding="utf-8")
