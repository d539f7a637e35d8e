"""Where runs are kept: MLFLOW_TRACKING_URI, or one SQLite file at the project's root."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from pipeline.tracking.client import (
    make_client,
    plain_errors,
    require_reachable,
    without_password,
)

if TYPE_CHECKING:
    import mlflow
    import mlflow.entities

EXPERIMENT = "headway"
SQLITE = "sqlite:///"
LOCK_SECONDS = 120


@dataclass(frozen=True)
class Store:
    """An open store and the experiment in it that holds Headway's runs."""

    client: "mlflow.MlflowClient"
    experiment_id: str
    uri: str
    project: Path
    """The main repository: also when the stage runs in one of DVC's temporary copies."""


def project_of(root: Path) -> Path:
    """The main repository of a working copy: DVC_ROOT where DVC set it, else the copy itself.

    Under `dvc exp run --temp` the stage runs in a copy that is deleted afterwards, and what it
    tracked would go with it.
    """
    return Path(os.environ.get("DVC_ROOT") or root).resolve()


def store_uri(root: Path) -> str:
    """The store's address: MLFLOW_TRACKING_URI, else `sqlite:////<project>/mlflow.db`.

    A relative SQLite address is taken from the project's root, not from the current folder.
    """
    given = os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}mlflow.db"
    if not given.startswith(SQLITE):
        return given.rstrip("/")
    return f"{SQLITE}{project_of(root) / given.removeprefix(SQLITE)}"


def artifact_folder(uri: str, root: Path) -> Path:
    """Where the runs' files lie: beside an SQLite store, whoever shares it, else in the project."""
    folder = _database(uri).parent if uri.startswith(SQLITE) else project_of(root)
    return folder / "mlartifacts"


def _database(uri: str) -> Path:
    return Path(uri.removeprefix(SQLITE))


def is_empty_store(root: Path) -> bool:
    """Whether nothing was ever tracked here, told without making the store."""
    uri = store_uri(root)
    return uri.startswith(SQLITE) and not _database(uri).exists()


def sqlite_uri(root: Path) -> str:
    """The address of a folder's own store."""
    return f"{SQLITE}{root / 'mlflow.db'}"


def open_store(root: Path, uri: str | None = None) -> Store:
    """Open the store, made on first use; `uri` where it is not the one that stages write to.

    One process at a time, from whichever project: MLflow's migrations crash when several begin on
    a fresh database.

    Raises:
        ConnectionError: the tracking server does not answer.
        OSError: the database cannot be written.
        ValueError: the database is damaged or of another MLflow, or its experiment cannot be used.
    """
    uri = uri or store_uri(root)
    if not uri.startswith(SQLITE):
        require_reachable(uri)
        return _open(uri, root)
    database = _database(uri)
    with filelock.FileLock(f"{database}.lock", timeout=LOCK_SECONDS):
        _require_writable(database)
        return _open(uri, root)


def _open(uri: str, root: Path) -> Store:
    with plain_errors(uri):
        client = make_client(uri)
        experiment = _experiment(client, uri, root)
    if experiment.lifecycle_stage != "active":
        raise ValueError(
            f"the experiment {EXPERIMENT!r} in {without_password(uri)} is deleted: restore it "
            f"with `mlflow experiments restore -x {experiment.experiment_id}`"
        )
    _require_same_place(experiment, uri, root)
    return Store(client, experiment.experiment_id, uri, project_of(root))


def _experiment(
    client: "mlflow.MlflowClient", uri: str, root: Path
) -> "mlflow.entities.Experiment":
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        place = artifact_folder(uri, root).as_uri() if uri.startswith(SQLITE) else None
        _create_experiment(client, place)
        found = client.get_experiment_by_name(EXPERIMENT)
    return found


def _create_experiment(client: "mlflow.MlflowClient", place: str | None) -> None:
    import mlflow

    try:
        client.create_experiment(EXPERIMENT, artifact_location=place)
    except mlflow.exceptions.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another process was faster
            raise


def _require_writable(database: Path) -> None:
    """Begin and undo a write, which SQLite refuses on a damaged, locked or read-only file."""
    try:
        if not database.exists():
            database.touch()  # SQLite itself would make a file that its owner alone may write
        with closing(sqlite3.connect(database, timeout=20)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT count(*) FROM sqlite_master")
            connection.rollback()
    except (sqlite3.OperationalError, OSError) as error:
        raise OSError(
            f"{database} cannot be written ({error}): check the folder, the permissions and the "
            "free space, or set MLFLOW_TRACKING_URI to another store"
        ) from None
    except sqlite3.DatabaseError as error:
        raise ValueError(
            f"{database} is not a sound SQLite database ({error}): put back a copy, or move it "
            "away and a new one is made"
        ) from None


def _require_same_place(experiment: "mlflow.entities.Experiment", uri: str, root: Path) -> None:
    """MLflow keeps absolute paths: after a move, files would be written to where the folder was."""
    if uri != f"{SQLITE}{project_of(root) / 'mlflow.db'}":
        return
    expected = artifact_folder(uri, root).as_uri()
    if experiment.artifact_location != expected:
        raise ValueError(
            f"{project_of(root) / 'mlflow.db'} keeps its files in {experiment.artifact_location}, "
            f"expected {expected}: was the folder moved? Move it back, or move mlflow.db and "
            "mlartifacts away to start a new store"
        )
