"""The rows of a table -> what each column holds, in figures."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.corpus.formats.record_examples import doubled_columns, text_of
from pipeline.corpus.formats.records import NOTHING, Record
from pipeline.corpus.formats.text_spans import spans_of
from pipeline.corpus.formats.unusual import looks_missing, unusual
from pipeline.corpus.scripts import scripts_of

SPANS = "span list"
MOST = 1000
"""Distinct values that are counted one by one."""
ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3200-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff\xb2\xb3\xb9\xbc-\xbe\u2070-\u2089\u2150-\u218b\u2460-\u24ff\u2776-\u2793"
)
"""Letters of Thai, Lao, Burmese, Khmer, Japanese and Chinese, and numbers that are signs."""
PIECES = re.compile(rf"[{ALONE}]|[^\W{ALONE}]+|[^\w\s]")


@dataclass
class Column:
    """What is counted of a column."""

    name: str
    filled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """Texts, numbers, true or false, lists, lists of spans, others."""
    values: Counter[str] = field(default_factory=Counter)
    """The first MOST distinct values; of lists, their entries; of spans, their labels."""
    is_counted: bool = True
    """Whether these are all."""
    words: int = 0
    """Between spaces, of all its texts together."""
    longest: int = 0
    """In words."""
    most: int = 0
    """Words of one cell at most, as the stages cut it: what they count is not more."""
    no_texts: Counter[str] = field(default_factory=Counter)
    """Of the values, those that are numbers, true or false."""
    letters: Counter[str] = field(default_factory=Counter)
    noticed: Counter[str] = field(default_factory=Counter)

    @property
    def mean_words(self) -> float:
        """Words of a text, on average."""
        return self.words / max(1, self.filled)

    @property
    def scripts(self) -> dict[str, int]:
        """Letters of each script."""
        return scripts_of(self.letters)

    def add(self, cell: Any) -> None:
        """Count a cell."""
        text = text_of(cell)
        if not text or cell in ([], "[]"):
            return
        labels = _labels_of_spans(cell)
        self.filled += 1
        self.kinds[SPANS if labels else _kind(cell)] += 1
        for value in labels or (map(text_of, cell) if isinstance(cell, list) else [text]):
            if len(self.values) < MOST or value in self.values:
                self.values[value] += 1
                self.no_texts[value] += not isinstance(cell, str | list)
            else:
                self.is_counted = False
        length = len(cell) if isinstance(cell, list) else len(text.split())
        self.words, self.longest = self.words + length, max(self.longest, length)
        self.most = max(self.most, length if isinstance(cell, list) else most_words(text))
        self.letters.update(text)
        self.noticed.update(unusual(text))
        if looks_missing(text):
            self.noticed[f"{text!r}, which is a text here"] += 1


def most_words(text: str) -> int:
    """A bound on the words that a text is cut into, in a quarter of the time that cutting takes.

    Each run of letters and each other sign counts, and each letter of a script without spaces.
    """
    return len(PIECES.findall(text))


def _labels_of_spans(cell: Any) -> list[str]:
    """Those of a list of spans, or of one that is written as JSON; none of anything else."""
    if not isinstance(cell, list) and not (isinstance(cell, str) and cell.startswith("[")):
        return []
    try:
        return [span.label for span in spans_of(cell)]
    except ValueError:
        return []


def _kind(cell: Any) -> str:
    if isinstance(cell, str):
        return "text"
    if isinstance(cell, list):
        return "other" if any(isinstance(entry, list | dict) for entry in cell) else "list"
    if isinstance(cell, bool):
        return "true or false"
    return "number" if isinstance(cell, int | float) else "other"


@dataclass
class FileLook:
    """What is counted of a file of a table."""

    rows: int = 0
    empty: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    """Its columns."""


@dataclass
class TableLook:
    """What is counted of a table, which may be several files."""

    files: dict[str, FileLook] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        """Rows that nothing is wrong with."""
        return sum(it.rows - it.faults.total() for it in self.files.values())

    def doubled(self) -> Iterator[str]:
        """What is said of columns that were called as one before them."""
        for name in doubled_columns([self.columns]):
            first = name.rpartition(".")[0]
            yield f"{name}: so a second column {first!r} is called, if the file does not itself"

    def add(self, name: str, records: Iterable[Record]) -> None:
        """Count every row of a file."""
        found = self.files[name] = FileLook()
        for record in records:
            if record.reason == NOTHING:
                found.empty += 1
                continue
            found.rows += 1
            if record.reason:
                found.faults[record.reason] += 1
            found.names.update(record.cells)
            for column, cell in record.cells.items():
                self.columns.setdefault(column, Column(column)).add(cell)
