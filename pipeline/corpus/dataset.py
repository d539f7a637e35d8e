"""Source `dataset`: what the library `datasets` loads, locally or from the hub -> sentences."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import SPLITS, Artifacts, Split
from pipeline.corpus.cells import column_reader
from pipeline.corpus.sentence import Sentence
from pipeline.corpus.source import Source, local_path
from pipeline.params import DatasetParams

HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
COMMIT = re.compile(r"[0-9a-f]{40}")


def dataset_source(params: DatasetParams, artifacts: Artifacts) -> Source:
    """A data set with a column of words and a column of labels.

    Columns named lemma, xpos, head, deprel, sentence_id, genre or document are taken too where they
    exist.

    Raises:
        ValueError: a hub set without a commit as its revision, a set that cannot be loaded, lacks a
            split or a column, or (while the streams are read) a row that is no sentence.
        FileNotFoundError: there is nothing at the local path.
    """
    if HUB_NAME.fullmatch(params.path) and not (artifacts.root / params.path).exists():
        loaded = _load_from_hub(params, artifacts.private / "datasets/hub")
        origin = f"{params.path}, revision {params.revision}"
    else:
        folder = local_path(artifacts, params.path)
        loaded = _load_local(params, folder, artifacts.private / "datasets/local")
        origin = folder.relative_to(artifacts.root).as_posix()
    _check_splits(loaded, params.path)
    return Source(
        kind="dataset",
        name=params.path if params.name is None else f"{params.path} ({params.name})",
        origin=origin,
        licence=loaded["train"].info.license or None,
        notices={},
        splits={split: _sentences(loaded[split], split, params) for split in SPLITS},
    )


def _load_from_hub(params: DatasetParams, cache: Path) -> Mapping[str, Any]:
    """A data set of the hub, at one commit for ever."""
    if params.revision is None or not COMMIT.fullmatch(params.revision):
        raise ValueError(
            f"corpus.dataset.revision must be a commit (40 hexadecimal digits) of {params.path} on "
            f"the hub, or the data could change unseen; got {params.revision}"
        )
    return _load(params.path, name=params.name, revision=params.revision, cache_dir=str(cache))


def _load_local(params: DatasetParams, folder: Path, cache: Path) -> Mapping[str, Any]:
    """A folder of JSONL, CSV or Parquet files, prepared anew each time: never a stale copy."""
    if not folder.is_dir():
        raise ValueError(
            f"{params.path} must be a folder with files for train, validation and test; "
            f"found a file"
        )
    shutil.rmtree(cache, ignore_errors=True)
    return _load(str(folder), name=params.name, cache_dir=str(cache))


def _load(path: str, **how: Any) -> Mapping[str, Any]:
    """Every split of a data set; the library's own errors become one line."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import datasets
    from datasets.exceptions import DatasetsError

    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        loaded: Mapping[str, Any] = datasets.load_dataset(path, **how)
    except (DatasetsError, OSError, ValueError) as error:
        cause = error.__cause__ or error
        if isinstance(cause, OSError) and cause.errno is not None:
            raise cause from None  # the disk's fault, not the data's
        said = str(cause).strip().splitlines() or [type(cause).__name__]
        raise ValueError(
            f"{path} could not be loaded ({said[0]}): check the files or the name, and "
            f"the network if it is on the hub"
        ) from None
    return loaded


def _check_splits(loaded: Mapping[str, Any], path: str) -> None:
    lacking = [split for split in SPLITS if split not in loaded]
    if lacking:
        raise ValueError(
            f"{path} must have the splits {', '.join(SPLITS)}; found {', '.join(loaded)}: "
            f"name local files after their splits (train.jsonl, validation.jsonl, test.jsonl)"
        )


def _sentences(rows: Any, split: Split, params: DatasetParams) -> Iterator[Sentence]:
    """The rows of a split as sentences; the columns are checked at once, the rows as they come."""
    words = {
        "form": column_reader(rows.features, params.form),
        "upos": column_reader(rows.features, params.upos),
    }
    for name in ("lemma", "xpos", "head", "deprel"):
        if name in rows.features:
            words[name] = column_reader(rows.features, name)
    return (_sentence(row, f"{split}-{number}", words) for number, row in enumerate(rows, 1))


def _sentence(row: Mapping[str, Any], numbered: str, words: Mapping[str, Any]) -> Sentence:
    """One row; its faults are named by the split and the row's number."""
    try:
        cells = {name: read(row) for name, read in words.items()}
        unknown = ("_",) * len(cells["form"])
        return Sentence(
            sentence_id=str(row.get("sentence_id") or numbered),
            genre=str(row.get("genre") or ""),
            form=cells["form"],
            lemma=cells.get("lemma", unknown),
            upos=cells["upos"],
            xpos=cells.get("xpos", unknown),
            head=tuple(int(head) for head in cells.get("head", (0,) * len(unknown))),
            deprel=cells.get("deprel", unknown),
            document=str(row.get("document") or ""),
        )
    except ValueError as error:
        raise ValueError(f"row {numbered} of the data set: {error}") from None
