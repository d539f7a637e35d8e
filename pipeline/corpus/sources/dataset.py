"""Source `dataset`: what the library `datasets` loads, locally or from the hub -> examples."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import SPLITS, Artifacts, Split
from pipeline.corpus.example import Example
from pipeline.corpus.formats.file_splits import not_given
from pipeline.corpus.formats.made_splits import with_cut
from pipeline.corpus.formats.table_rows import column_readers, read_row
from pipeline.corpus.source import Found, Source, local_path
from pipeline.params.sources.dataset import DatasetCorpus, DatasetParams
from pipeline.progress import begin

HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
COMMIT = re.compile(r"[0-9a-f]{40}")


def open_source(params: DatasetCorpus, artifacts: Artifacts) -> Source:
    """The data set that `corpus.dataset` names, as `dataset_source` opens it."""
    return dataset_source(params.dataset, artifacts)


def dataset_source(params: DatasetParams, artifacts: Artifacts) -> Source:
    """A data set with a column of words or of texts, and those columns beside it that are named.

    What it lacks of validation and test is cut from train.

    Columns named sentence_id or document are taken too where they exist, and a list named id, which
    says which entries are multi-word tokens (1-2) and no words.

    Raises:
        ValueError: a hub set without a commit as its revision, a set that cannot be loaded, lacks
            train or a column, or (while the stream is read) a row that is no example.
        FileNotFoundError: there is nothing at the local path.
    """
    if HUB_NAME.fullmatch(params.path) and not (artifacts.root / params.path).exists():
        loaded = _load_from_hub(params, artifacts.private / "downloads/hub")
        origin = f"{params.path}, revision {params.revision}"
    else:
        folder = local_path(artifacts, params.path)
        loaded = _load_local(params, folder, artifacts.private / "datasets/local")
        origin = folder.relative_to(artifacts.root).as_posix()
    _require_train(loaded, params.path)
    given = [split for split in SPLITS if split in loaded]
    found: dict[str, Found] = {split: Found() for split in given}
    streams = {split: _examples(loaded[split], split, params, found[split]) for split in given}
    missing = not_given(given)
    return Source(
        kind="dataset",
        name=params.path if params.name is None else f"{params.path} ({params.name})",
        origin=origin,
        licence=loaded["train"].info.license or None,
        notices={},
        splits=with_cut(streams, missing, params.shares),
        found=found,
        cut_from_train=missing,
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
    return _load(str(folder), is_local=True, name=params.name, cache_dir=str(cache))


def _load(path: str, is_local: bool = False, **how: Any) -> Mapping[str, Any]:
    """Every split of a data set; the library's own errors become one line."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import datasets
    from datasets.exceptions import DatasetsError

    if sys.stderr.isatty():
        begin("")  # the library draws bars of its own
    else:
        begin(f"loading {path}")
        datasets.disable_progress_bars()
    try:
        text = _all_text(path, how) if is_local else {}
        loaded: Mapping[str, Any] = datasets.load_dataset(path, **how, **text)
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


def _all_text(path: str, how: Mapping[str, Any]) -> dict[str, Any]:
    """How to read CSV files so that every cell is text; nothing where the files are of other kinds.

    Left to itself the library takes the words NA and null for nothing, and a column of 007 for 7.
    """
    import datasets
    import pandas as pd
    from datasets.packaged_modules.csv.csv import CsvConfig

    config = datasets.load_dataset_builder(path, **how).config
    if not isinstance(config, CsvConfig):
        return {}
    first = next(iter(config.data_files.values()))[0]
    columns = pd.read_csv(first, sep=config.sep, nrows=0).columns
    features = datasets.Features({name: datasets.Value("string") for name in columns})
    return {"features": features, "na_filter": False}


def _require_train(loaded: Mapping[str, Any], path: str) -> None:
    if "train" not in loaded:
        raise ValueError(
            f"{path} must have the split train, and may have validation and test; found "
            f"{', '.join(loaded)}: name local files after their splits (train.jsonl, test.jsonl)"
        )


def _examples(rows: Any, split: Split, params: DatasetParams, found: Found) -> Iterator[Example]:
    """The rows of a split as examples; the columns are checked at once, the rows as they come."""
    readers = column_readers(
        rows.features, params.form, params.second, params.annotations, params.labels
    )

    def read() -> Iterator[Example]:
        for number, row in enumerate(rows, 1):
            found.sentences += 1
            yield read_row(row, f"{split}-{number}", readers, found)

    return read()
