"""Files with a word a line -> how many columns they have and what stands between these."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.corpus.formats.span_tags import OUTSIDE
from pipeline.corpus.formats.text_lines import Line, blocks, read_lines
from pipeline.corpus.formats.word_lines import COMMENT, Separator, cut
from pipeline.corpus.looking.tag_columns import MARKED

SAMPLE = 1000
"""Lines that say what is in a file whose ending does not."""
MOSTLY = 0.9
"""The share of their lines that are alike."""
SEPARATORS: tuple[Separator, ...] = ("tab", "space")


@dataclass(frozen=True)
class WordLayout:
    """How most lines of some files are cut."""

    separator: Separator
    n_columns: int
    share: float
    """Of all lines, those that have so many cells and none of them empty."""

    @property
    def is_usual(self) -> bool:
        """Whether it is taken where another one would do as well: a tab parts columns only."""
        return (self.separator == "tab") == (self.n_columns > 1)

    @property
    def why(self) -> str:
        """What is said of the choice."""
        between = "tabs" if self.separator == "tab" else "white space"
        return f"between {between} {self.share:.1%} of the lines have {self.n_columns} cells"


def word_layout(found: Iterable[Line]) -> WordLayout:
    """The way to cut lines that gives most of them equally many cells."""
    lines, cells = 0, {separator: Counter[int]() for separator in SEPARATORS}
    for line in found:
        if not line.text.strip() or COMMENT.match(line.text):
            continue
        lines += 1
        for separator, counts in cells.items():
            row = cut(line.text, separator)
            if "" not in row:
                counts[len(row)] += 1
    ways = [WordLayout(it, *_most(cells[it], max(1, lines))) for it in SEPARATORS]
    return max(ways, key=lambda it: (it.n_columns > 1, it.share, it.is_usual))


def _most(counts: Counter[int], lines: int) -> tuple[int, float]:
    """How many columns most lines have, of those with several; and the share of these lines."""
    several = {count: n for count, n in counts.items() if count > 1} or {1: counts[1]}
    count = max(several, key=lambda it: (several[it], it))
    return count, several[count] / lines


def _are_marks(tags: Collection[str]) -> bool:
    """Whether they are O and marks of spans alone, with one of these among them."""
    marks = sum(1 for tag in tags if MARKED.fullmatch(tag))
    return 0 < marks == len(tags) - (OUTSIDE in tags)


def begins_with_words(path: Path) -> bool:
    """Whether a file whose ending does not say it begins like one with a word and its tags a line.

    Blocks of several lines, equally many columns, no word with spaces in it, and last columns in
    which something comes again; where white space alone parts them, they are marks of spans. A
    single block is enough where these are O and marks of spans alone.
    """
    try:
        lines = [*islice(read_lines(path), SAMPLE)]
    except ValueError:
        return False  # it is not in UTF-8, as those must be
    layout, n_blocks = word_layout(lines), sum(1 for _ in blocks(lines))
    rows = [cut(line.text, layout.separator) for line in lines if line.text.strip()]
    rows = [row for row in rows if len(row) == layout.n_columns]
    last = Counter(row[-1] for row in rows)
    if layout.n_columns > 1 and layout.share == 1 and _are_marks(last):
        return True
    if n_blocks < 2 or len(rows) < 2 * n_blocks or layout.n_columns < 2:
        return False
    if layout.separator == "space" and not any(map(MARKED.fullmatch, last)):
        return False
    spaced = sum(" " in row[0].strip() for row in rows)
    return (
        layout.share >= MOSTLY and spaced <= (1 - MOSTLY) * len(rows) and len(last) < len(rows) / 2
    )
