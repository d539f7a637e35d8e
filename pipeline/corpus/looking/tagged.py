"""Files with a word and its tags a line -> what they hold and what to write into params.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from pipeline.artifacts import Split
from pipeline.corpus.formats.file_splits import splits_of
from pipeline.corpus.formats.text_lines import read_lines
from pipeline.corpus.looking.choices import Choice
from pipeline.corpus.looking.labels import said_of_new_labels
from pipeline.corpus.looking.seen import Look, said_of_files, said_of_splits, where_from
from pipeline.corpus.looking.word_columns import WordColumns
from pipeline.corpus.looking.word_layout import word_layout
from pipeline.corpus.notes import said_of_labels
from pipeline.foreign import first_named
from pipeline.params.objective import learning_spans, learning_text, learning_words
from pipeline.params.sources import conll

SHOWN = 10
"""Tags that are named."""


def look_at_tagged(files: Sequence[Path], inside: str, root: Path) -> Look:
    """Every line of some files.

    Raises:
        ValueError: as `look_at` says.
    """
    layout = word_layout(chain.from_iterable(map(read_lines, files)))
    words = WordColumns(layout)
    said = {path.relative_to(root).as_posix(): [*words.said_of(path)] for path in files}
    splits, names = said_of_splits(files), words.named()
    return Look(
        [
            *said_of_files(said),
            *_said_of_tags(words),
            *([splits] if splits else []),
            *_said_of_learned(words, splits_of(files) or {}),
        ],
        words.columns[words.form :],
        [
            Choice("corpus.kind", conll.KIND, "each line has a word and what is said of it"),
            Choice("corpus.conll.path", inside, where_from(files)),
            Choice("corpus.conll.columns", names, _why_columns(words)),
            Choice("corpus.conll.separator", layout.separator, layout.why),
            *_learned(words),
        ],
    )


def _why_columns(words: WordColumns) -> str:
    """How one can tell what the columns are."""
    first = (
        "the first counts the words of a sentence, the next one is the"
        if words.form
        else ("the first column is the")
    )
    return f"{first} words; the file names none, so the names are made up: change them as you like"


def _said_of_tags(words: WordColumns) -> Iterator[str]:
    """What is seen of each column beside that of the words."""
    for place, column in enumerate(words.columns[words.form + 1 :], words.form + 1):
        if spans := words.spans_in(place):
            for line in spans.said():
                yield f"{column.name}: {line}"
            continue
        told = [f"{tag} {n:,}" for tag, n in column.values.most_common()]
        yield f"{column.name}: {first_named(told, SHOWN)}"


def _said_of_learned(words: WordColumns, named: Mapping[Path, Split]) -> Iterator[str]:
    """What is wrong with the tags that are learned."""
    if words.last is None or not words.columns[words.last].is_counted:
        return
    column = words.columns[words.last]
    if not words.spans_in(words.last):
        yield from said_of_labels(column.name, column.values, "word")
    if named:
        yield from said_of_new_labels(words.splits_of(words.last, named), {column.name: "word"})


def _learned(words: WordColumns) -> Iterator[Choice]:
    """The objective that fits the last column."""
    if words.last is None:
        values, why = learning_text(), "no column says different things of words"
    elif spans := words.spans_in(words.last):
        values = learning_spans(words.columns[words.last].name, spans.scheme)
        why = f"the last column marks parts of sentences; {spans.why}"
    else:
        values, why = learning_words("tag"), "the last column has something for each word"
    for name, value in values.items():
        yield Choice(name, value, why)
