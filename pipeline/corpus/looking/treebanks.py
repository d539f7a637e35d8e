"""A treebank -> what it holds and what to write into params.yaml for it."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from pipeline.corpus.formats.conllu_lines import read_conllu
from pipeline.corpus.looking.choices import Choice
from pipeline.corpus.looking.columns import Column
from pipeline.corpus.looking.seen import Look, said_of_files, where_from
from pipeline.corpus.source import Found
from pipeline.corpus.sources.conllu import folder_splits
from pipeline.params.objective import learning_words
from pipeline.params.sources import conllu

SUFFIX = ".conllu"
TARGET, TARGET_WHY = "upos", "every word of a treebank has its part of speech there"


def look_at_treebank(files: Sequence[Path], inside: str, root: Path) -> Look:
    """Every sentence of a file, or of a folder whose files are named after the splits.

    Raises:
        ValueError: as `look_at` says.
    """
    place, found = root / inside, dict[str, Found]()
    if not place.exists():
        raise ValueError(f"{inside} is a pattern, and a treebank is a file or a folder: name that")
    parts = folder_splits(place, (), found).values() if place.is_dir() else None
    sentences = chain.from_iterable(parts or [read_conllu(place, (), found)])
    columns: dict[str, Column] = {}
    for sentence in sentences:
        for name, cell in {"form": sentence.form, **sentence.annotations}.items():
            columns.setdefault(name, Column(name)).add(list(cell))
    return Look(
        [*said_of_files({name: [*_said(it)] for name, it in found.items()})],
        list(columns.values()),
        [
            Choice("corpus.kind", conllu.KIND, "the ending says so"),
            Choice("corpus.conllu.path", inside, where_from(files)),
            *(Choice(name, value, TARGET_WHY) for name, value in learning_words(TARGET).items()),
        ],
    )


def _said(found: Found) -> Iterator[str]:
    yield f"{found.sentences:,} sentences"
    if found.left_out:
        yield f"{found.left_out:,} rows are multi-word tokens or empty nodes, and are left out"
