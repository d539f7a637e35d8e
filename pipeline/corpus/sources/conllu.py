"""Source `conllu`: one CoNLL-U file, or a folder of them -> examples in three splits."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from pipeline.artifacts import SPLITS, Artifacts, Split
from pipeline.corpus.example import Example, words_hash
from pipeline.corpus.formats.conllu_lines import read_conllu
from pipeline.corpus.formats.file_splits import named_split, not_given
from pipeline.corpus.formats.made_splits import Shares, split_at, with_cut
from pipeline.corpus.source import Found, Source, local_path
from pipeline.params.sources.conllu import ConlluCorpus, ConlluParams


def open_source(params: ConlluCorpus, artifacts: Artifacts) -> Source:
    """The treebank that `corpus.conllu` names, as `treebank_source` opens it."""
    return treebank_source(params.conllu, artifacts)


def treebank_source(params: ConlluParams, artifacts: Artifacts) -> Source:
    """A treebank of the user's own.

    A folder's files are taken by their names, and what it lacks of validation and test is cut from
    train; a single file is cut by `params.shares`.

    Raises:
        ValueError: the path lies outside data/source, or a folder lacks train; and, while the
            streams are read, whatever `read_conllu` objects to.
        FileNotFoundError: there is nothing at the path.
    """
    place = local_path(artifacts, params.path)
    found: dict[str, Found] = {}
    missing: tuple[Split, ...] = ()
    if place.is_dir():
        given = folder_splits(place, params.labels, found)
        missing = not_given(given)
        splits = with_cut(given, missing, params.shares)
    else:
        splits = shared_out(read_conllu(place, params.labels, found), params.shares)
    return Source(
        kind="conllu",
        name=place.stem,
        origin=place.relative_to(artifacts.root).as_posix(),
        licence=None,
        notices={},
        splits=splits,
        found=found,
        cut_from_train=missing,
        is_made=place.is_file(),
    )


def shared_out(sentences: Iterable[Example], shares: Shares) -> Iterator[tuple[Split, Example]]:
    """One file's sentences, shared out by their words."""
    for sentence in sentences:
        yield split_of(sentence.form, shares), sentence


def split_of(form: tuple[str, ...], shares: Shares) -> Split:
    """The split of a sentence: equal words always go together, and the order does not matter."""
    return split_at(words_hash(form), shares)


def folder_splits(
    folder: Path, labels: Sequence[str], found: dict[str, Found]
) -> dict[Split, Iterator[Example]]:
    """A folder's sentences, by the words train, dev or validation, and test in the file names.

    Raises:
        ValueError: a file's name holds none of the words or several, or train has no file.
    """
    files: dict[Split, list[Path]] = {split: [] for split in SPLITS}
    for path in sorted(folder.glob("*.conllu")):
        files[named_split(path)].append(path)
    if not files["train"]:
        named = ", ".join(path.name for path in chain(*files.values())) or "none"
        raise ValueError(
            f"{folder.name} needs a .conllu file with train in its name, and may have others with "
            f"dev (or validation) and test; found: {named}"
        )
    return {
        split: chain.from_iterable(read_conllu(path, labels, found) for path in files[split])
        for split in SPLITS
        if files[split]
    }
