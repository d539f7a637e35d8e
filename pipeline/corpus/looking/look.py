"""A person's files -> what they hold and what to write into params.yaml for them."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.corpus.formats.characters import suffix_of
from pipeline.corpus.formats.data_files import data_files
from pipeline.corpus.formats.records import READERS
from pipeline.corpus.looking import tables, tagged, texts, treebanks
from pipeline.corpus.looking.choices import Choice
from pipeline.corpus.looking.columns import Column
from pipeline.corpus.looking.seen import Look
from pipeline.corpus.looking.word_layout import begins_with_words
from pipeline.corpus.sources import conll
from pipeline.corpus.sources.text import SUFFIXES

Looking = Callable[[Sequence[Path], str, Path], Look]
"""Looks at files, which are named so, in a project."""
LOOKS: dict[str, Looking] = {
    **dict.fromkeys(READERS, tables.look_at_table),
    **dict.fromkeys(SUFFIXES, texts.look_at_text),
    **dict.fromkeys(conll.OF_WORDS, tagged.look_at_tagged),
    treebanks.SUFFIX: treebanks.look_at_treebank,
}
"""By the ending of a file; one with another ending is text, or has a word a line."""
OPEN = {*conll.SUFFIXES} - {*conll.OF_WORDS}
"""Endings of files that may have a word a line too."""


def look_at(artifacts: Artifacts, path: str, max_length: int) -> Look:
    """Read every file once; what an example may hold at most is `max_length` tokens.

    Raises:
        ValueError: a file lies outside data/source, is damaged, or holds no text; or they are of
            several kinds, or written in several ways.
        FileNotFoundError: there is nothing.
    """
    inside = os.path.relpath(os.path.normpath(artifacts.root / path), artifacts.root)
    files = data_files(artifacts, inside, LOOKS)
    how = _one_kind(files, inside)
    look = how([path for path in files if _looked_at(path) == how], inside, artifacts.root)
    longest = max((column.most for column in _cut_columns(look)), default=0)
    if longest > max_length:
        why = f"the longest has up to {longest:,} words, and the model takes {max_length:,} tokens"
        look.choices.append(Choice("tokenize.overlong", "truncate", why))
    return look


def _cut_columns(look: Look) -> list[Column]:
    """The column of a table that is cut into words; of all else, every column."""
    cut = {
        it.value for it in look.choices if it.name in ("corpus.table.text", "corpus.table.words")
    }
    return [it for it in look.columns if not cut or it.name in cut]


def _looked_at(path: Path) -> Looking:
    suffix = suffix_of(path)
    if (suffix in OPEN or suffix not in LOOKS) and begins_with_words(path):
        return tagged.look_at_tagged
    return LOOKS.get(suffix, texts.look_at_text)


def _one_kind(files: Sequence[Path], inside: str) -> Looking:
    """How to look at files, which must be of one kind; a README beside them is none of them."""
    data = [path for path in files if path.stem.upper() != "README"]
    found = {_looked_at(path): path for path in data or files}
    if len(found) > 1:
        named = " and ".join(path.name for path in found.values())
        raise ValueError(
            f"{inside} has files of several kinds, such as {named}: name those that are meant, as "
            f"a pattern in quotes, such as '{inside}/*{suffix_of(data[0])}'"
        )
    return next(iter(found))
