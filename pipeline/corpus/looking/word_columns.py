"""Lines with a word and its tags each -> what each column holds, in figures, and what is wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.artifacts import SPLITS, Split
from pipeline.corpus.formats.text_lines import Line, blocks, read_lines
from pipeline.corpus.formats.word_lines import DOCUMENT, cut, no_sentence, without_comments
from pipeline.corpus.looking.columns import Column
from pipeline.corpus.looking.labels import Splits
from pipeline.corpus.looking.tag_columns import TagColumn
from pipeline.corpus.looking.word_layout import WordLayout

CALLED = frozenset({"word", "words", "token", "tokens", "form", "text"})
"""What a header calls the column of words."""
FORM = "form"


class WordColumns:
    """Counts the columns of some files, which are cut in one way."""

    def __init__(self, layout: WordLayout) -> None:
        self.layout = layout
        self.columns = [Column(f"column_{i}") for i in range(1, layout.n_columns + 1)]
        self._tags = [TagColumn() for _ in self.columns]
        self._is_numbered = layout.n_columns > 1
        self._by_file: dict[Path, list[Counter[str]]] = {}
        """What each column holds in a file; of one with many values, the first ones."""

    @property
    def form(self) -> int:
        """The place of the column of words: the first that does not count them."""
        return 1 if self._is_numbered else 0

    @property
    def last(self) -> int | None:
        """The place of the last column that says different things of words; None where none does.

        It is the one that is learned.
        """
        rest = range(self.form + 1, len(self.columns))
        return next((i for i in reversed(rest) if len(self.columns[i].values) > 1), None)

    def spans_in(self, place: int) -> TagColumn | None:
        """What is counted of a column as one of spans; None where it is not."""
        return self._tags[place] if self._tags[place].has_spans else None

    def named(self) -> list[str]:
        """Names for all columns, which the columns bear from then on; `_` is for no column."""
        if self.last is not None:
            self.columns[self.last].name = "ner" if self.spans_in(self.last) else "tag"
        self.columns[self.form].name = FORM
        return [column.name if i >= self.form else "_" for i, column in enumerate(self.columns)]

    def splits_of(self, place: int, named: Mapping[Path, Split]) -> Splits:
        """What a column holds in each split, by the splits of the files."""
        found = {split: Counter[str]() for split in SPLITS}
        for path, split in named.items():
            found[split].update(self._by_file[path][place])
        return {split: {self.columns[place].name: counts} for split, counts in found.items()}

    def said_of(self, path: Path) -> Iterator[str]:
        """Count a file; a line for each thing that is seen of it.

        Raises:
            ValueError: it has no sentence.
        """
        self._by_file[path] = [Counter() for _ in self.columns]
        sentences = words = documents = comments = wrong = 0
        first_wrong = first = None
        for block in blocks(read_lines(path)):
            lines = without_comments(block, self.layout.separator, self.layout.n_columns)
            comments += len(block) - len(lines)
            rows = []
            for line in lines:
                row = cut(line.text, self.layout.separator)
                if not self._is_whole(row):
                    wrong, first_wrong = wrong + 1, first_wrong or line
                elif DOCUMENT in row[:2] and line is lines[0]:
                    documents += 1
                else:
                    rows.append(row)
                    first = first or line
            if rows:
                sentences, words = sentences + 1, words + len(rows)
                self._add(rows, path, sentences)
        if not first:
            raise no_sentence(path)
        yield f"{sentences:,} sentences, {words:,} words"
        if documents:
            yield f"{documents:,} lines {DOCUMENT} begin documents"
        if comments:
            yield f"{comments:,} lines are comments"
        if first_wrong:
            yield self._said_of_wrong(first_wrong, wrong)
        if self._may_be_header(first):
            yield f"a header, which would be taken for a word: {first.fault('take it out')}"

    def _is_whole(self, row: Sequence[str]) -> bool:
        return len(row) == self.layout.n_columns and "" not in row

    def _add(self, rows: Sequence[Sequence[str]], path: Path, sentence: int) -> None:
        """Count a sentence, by its number in its file."""
        cells = [list(column) for column in zip(*rows, strict=True)]
        here = self._by_file[path]
        for column, own, tags, cell in zip(self.columns, here, self._tags, cells, strict=True):
            column.add(cell)
            if column.is_counted:
                own.update(cell)
            tags.add(cell, f"sentence {sentence} of {path.name}")
        n_words = len(rows)
        counts = [[*map(str, range(at, at + n_words))] for at in (0, 1)]
        self._is_numbered = self._is_numbered and cells[0] in counts

    def _said_of_wrong(self, line: Line, lines: int) -> str:
        """What is said of lines that are cut into other cells than most."""
        row = cut(line.text, self.layout.separator)
        found = f"{len(row)} cells" if "" not in row else "a cell without anything"
        n_columns = self.layout.n_columns
        return (
            f"{lines:,} lines have not the {n_columns} cells that most have, and the corpus stage "
            f"stops there; the first: {line.fault(found)}"
        )

    def _may_be_header(self, first: Line) -> bool:
        """Whether the first word of a file and what is said of it are names of columns."""
        row = cut(first.text, self.layout.separator)
        comes_again = self.columns[-1].values[row[-1]] > len(self._by_file)
        return bool(CALLED & {cell.lower() for cell in row}) and not comes_again
