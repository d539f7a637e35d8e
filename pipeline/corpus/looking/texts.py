"""Files of plain text -> what they hold and what to write into params.yaml for them."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.corpus.formats.text_units import read_units
from pipeline.corpus.looking.choices import Choice
from pipeline.corpus.looking.columns import Column, most_words
from pipeline.corpus.looking.seen import Look, said_of_files, said_of_splits, where_from
from pipeline.corpus.looking.written import shared_encoding
from pipeline.params.objective import learning_text
from pipeline.params.sources import text

MOSTLY = 0.1
"""The share of lines that are empty from which what stands between them is a paragraph."""


def look_at_text(files: Sequence[Path], inside: str, root: Path) -> Look:
    """Every line of some files.

    Raises:
        ValueError: as `look_at` says.
    """
    encoding, how = shared_encoding(files)
    all_lines = all_empty = most = 0
    column, said = Column("text"), {}
    for path in files:
        lines = empty = words = 0
        for _, line in read_units(path, encoding, "line"):
            lines += 1
            empty += not line.strip()
            words = words + most_words(line) if line.strip() else 0
            most = max(most, words)
            column.add(line)
        said[path.relative_to(root).as_posix()] = [f"{lines:,} lines, {empty:,} of them empty"]
        all_lines, all_empty = all_lines + lines, all_empty + empty
    is_parted = all_empty > MOSTLY * all_lines
    column.most = most if is_parted else column.most
    why = f"{all_empty:,} of {all_lines:,} lines are empty" + ", and part the others" * is_parted
    splits = said_of_splits(files)
    learned = "a text alone: hidden words are learned"
    return Look(
        [*said_of_files(said), *([splits] if splits else [])],
        [column],
        [
            Choice("corpus.kind", text.KIND, "the ending is that of no table"),
            Choice("corpus.text.path", inside, where_from(files)),
            Choice("corpus.text.encoding", encoding, how),
            Choice("corpus.text.unit", "paragraph" if is_parted else "line", why),
            *(Choice(name, value, learned) for name, value in learning_text().items()),
        ],
    )
