"""A run in the store -> what it kept, as files under the paths that its outputs had."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import Artifacts
from pipeline.recording.environment import Environment
from pipeline.recording.record import (
    RECORD,
    STAGES,
    WHOLE,
    Record,
    patch_file,
    read_record,
    record_file,
    record_hashes,
)
from pipeline.runs.finding import Need, find_run, shown_name
from pipeline.tracking.client import plain_errors
from pipeline.tracking.moving import FILES, local_folder
from pipeline.tracking.search import PARENT_TAG
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

ENVIRONMENT = "environment"
"""The folder with a file for each stage, beside a record of version 1."""


@dataclass(frozen=True)
class Kept:
    """What a run kept of itself, in a folder: a store's answer, or a bundle."""

    run_id: str
    name: str
    """As it may be shown."""
    folder: Path
    """record/, data/model/, data/evidence/; of version 1, record.json and changes.patch."""
    metrics: dict[str, float]
    """The newest value of each."""
    record_sha256: dict[str, str]
    """By stage, what the run says its record's hash is."""

    @property
    def record(self) -> Record:
        """What the run was made from and what it made.

        Raises:
            ValueError: there is none, or it is damaged.
        """
        return read_record(self.folder)

    @property
    def outputs(self) -> Artifacts:
        """The outputs that a run keeps: the model and the evidence.

        Raises:
            FileNotFoundError: it kept no model.
        """
        found = Artifacts(self.folder)
        if not found.model.is_dir():
            raise FileNotFoundError(
                f"{self.name} kept no model: choose a finished run, as `headway runs` lists them"
            )
        return found

    @property
    def patch(self) -> bytes | None:
        """What the working tree held beside the commit."""
        return self.patch_at(self.record.source)

    def patch_at(self, stage: str) -> bytes | None:
        """What the working tree held beside the commit when a stage began."""
        path = self.folder / patch_file(stage)
        return path.read_bytes() if path.is_file() else None

    @property
    def environments(self) -> dict[str, Environment]:
        """The environment of each stage that kept it."""
        parts = self.record.parts
        kept = {stage: part.environment for stage, part in parts.items() if part.environment}
        paths = {stage: self.folder / ENVIRONMENT / f"{stage}.json" for stage in STAGES}
        return kept | {
            stage: Environment.model_validate_json(path.read_bytes())
            for stage, path in paths.items()
            if stage not in kept and path.is_file()
        }


@contextmanager
def kept_run(store: Store, query: str, need: Need) -> Iterator[Kept]:
    """What the run that a person means has kept, in a folder that lasts as long as the block.

    Raises:
        ConnectionError, ValueError: the store cannot be used, or it is no one run.
        FileNotFoundError: the store's folder of files is not there.
    """
    found = find_run(store, query, need)
    with tempfile.TemporaryDirectory() as folder:
        yield fetch_run(store, found, Path(folder))


def fetch_run(store: Store, run: "Run", folder: Path) -> Kept:
    """Copy what a run kept into a folder; a child's model is its parent's.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
        FileNotFoundError: the store's folder of files is not there.
    """
    client, run_id = store.client, run.info.run_id
    (folder / "data").mkdir(parents=True, exist_ok=True)
    with plain_errors(store.uri):
        _require_files(run, run.info.artifact_uri)
        there = {item.path for item in client.list_artifacts(run_id)}
        for name in (RECORD, record_file(WHOLE), patch_file(WHOLE), ENVIRONMENT):
            if name in there:
                client.download_artifacts(run_id, name, str(folder))
        if "evidence" in there:
            client.download_artifacts(run_id, "evidence", str(folder / "data"))
        _fetch_model(store, run, folder / "data")
    sha256 = record_hashes(run.data.tags)
    return Kept(run_id, shown_name(run), folder, dict(run.data.metrics), sha256)


def fetch_package(store: Store, run: "Run", folder: Path) -> Path:
    """Copy a run's model, as MLflow keeps it, below a folder; gives where it is.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    import mlflow

    with plain_errors(store.uri):
        where = store.client.get_logged_model(run.outputs.model_outputs[0].model_id)
        found = mlflow.artifacts.download_artifacts(
            artifact_uri=where.artifact_location, dst_path=str(folder), tracking_uri=store.uri
        )
    return Path(found)


def _require_files(run: "Run", address: str) -> None:
    """A store is two things, and the larger one may have been left behind."""
    folder = local_folder(address)
    if folder is not None and not folder.is_dir():
        raise FileNotFoundError(
            f"the files of {shown_name(run)} are missing: expected {folder}: put {FILES} back "
            f"beside the store's database, or choose a run that has its files"
        )


def _fetch_model(store: Store, run: "Run", folder: Path) -> None:
    """Put the files of data/model where they lay."""
    import mlflow

    made = run.outputs.model_outputs if run.outputs else []
    if not made and (parent := run.data.tags.get(PARENT_TAG)):
        _fetch_model(store, store.client.get_run(parent), folder)
    elif made:
        where = store.client.get_logged_model(made[0].model_id).artifact_location
        _require_files(run, where)
        found = mlflow.artifacts.download_artifacts(
            artifact_uri=f"{where}/artifacts/model", dst_path=str(folder), tracking_uri=store.uri
        )
        if Path(found) != folder / "model":
            Path(found).rename(folder / "model")
