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
    quiet_mlflow,
    require_reachable,
    without_password,
)
from pipeline.tracking.database import address_of, database_of, is_sqlite, query_of
from pipeline.tracking.moving import FILES, is_left_behind, lead_back

if TYPE_CHECKING:
    import mlflow
    import mlflow.entities

EXPERIMENT = "headway"
"""Where MLFLOW_EXPERIMENT_NAME or MLFLOW_EXPERIMENT_ID names no other, as for MLflow itself."""
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
    given = os.environ.get("MLFLOW_TRACKING_URI")
    if not given:
        return sqlite_uri(project_of(root))
    if not is_sqlite(given):
        return given.rstrip("/")
    return address_of(project_of(root) / database_of(given), query_of(given))


def artifact_folder(uri: str, root: Path) -> Path:
    """Where the runs' files lie: beside an SQLite store, whoever shares it, else in the project."""
    folder = database_of(uri).parent if is_sqlite(uri) else project_of(root)
    return folder / FILES


def is_empty_store(root: Path) -> bool:
    """Whether nothing was ever tracked here, told without making the store."""
    uri = store_uri(root)
    return is_sqlite(uri) and not database_of(uri).exists()


def sqlite_uri(root: Path) -> str:
    """The address of a folder's own store."""
    return address_of(root / "mlflow.db")


def open_store(root: Path, uri: str | None = None, is_default: bool = False) -> Store:
    """Open the store, made on first use; `uri` where it is not the one that stages write to.

    `is_default`: its experiment is EXPERIMENT, whatever the environment says.

    One process at a time, from whichever project: MLflow's migrations crash when several begin on
    a fresh database.

    Raises:
        ConnectionError: the tracking server does not answer.
        OSError: the database cannot be written.
        ValueError: the database is damaged or of another MLflow, or its experiment cannot be used.
    """
    uri = uri or store_uri(root)
    if not is_sqlite(uri):
        require_reachable(uri)
        return _open(uri, root, is_default)
    database = database_of(uri)
    quiet_mlflow()  # its import takes seconds, for which nobody else need wait
    with filelock.FileLock(f"{database}.lock", timeout=LOCK_SECONDS):
        _require_writable(database)
        _make_tables(database, uri, root)
        return _open(uri, root, is_default)


def _open(uri: str, root: Path, is_default: bool) -> Store:
    with plain_errors(uri):
        client = make_client(uri)
        experiment = _experiment(client, uri, root, is_default)
        if _belongs_to(project_of(root), uri):
            experiment = _in_its_place(client, experiment, uri, root)
    if experiment.lifecycle_stage != "active":
        raise ValueError(
            f"the experiment {experiment.name!r} in {without_password(uri)} is deleted: restore it "
            f"with `mlflow experiments restore -x {experiment.experiment_id}`"
        )
    return Store(client, experiment.experiment_id, uri, project_of(root))


def _experiment(
    client: "mlflow.MlflowClient", uri: str, root: Path, is_default: bool
) -> "mlflow.entities.Experiment":
    told = {} if is_default else os.environ
    if given := told.get("MLFLOW_EXPERIMENT_ID"):
        return client.get_experiment(given)
    name = told.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
    found = client.get_experiment_by_name(name)
    if found is None:
        place = artifact_folder(uri, root).as_uri() if is_sqlite(uri) else None
        _create_experiment(client, name, place)
        found = client.get_experiment_by_name(name)
    return found


def _create_experiment(client: "mlflow.MlflowClient", name: str, place: str | None) -> None:
    import mlflow

    try:
        client.create_experiment(name, artifact_location=place)
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


def _make_tables(database: Path, uri: str, root: Path) -> None:
    """A new database's tables, and the experiment that MLflow itself wants.

    Left alone, MLflow would have that one keep its files in whatever folder is the current one, in
    a statement that a folder's name with quotes or a colon breaks.
    """
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        is_there = "SELECT 1 FROM sqlite_master WHERE name = 'experiments'"
        if connection.execute(is_there).fetchone():
            return
    with plain_errors(uri):
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        SqlAlchemyStore(uri, artifact_folder(uri, root).as_uri())


def _belongs_to(project: Path, uri: str) -> bool:
    """Whether the database lies in the project's own folder; any other is somebody else's too."""
    return is_sqlite(uri) and database_of(uri).resolve().is_relative_to(project)


def _in_its_place(
    client: "mlflow.MlflowClient", experiment: "mlflow.entities.Experiment", uri: str, root: Path
) -> "mlflow.entities.Experiment":
    """MLflow keeps absolute addresses: after a move, files would go to where the folder was."""
    database, files = database_of(uri), artifact_folder(uri, root)
    found = experiment.artifact_location
    if found == files.as_uri() or found.startswith(f"{files.as_uri()}/"):
        return experiment
    if not is_left_behind(found, files):
        raise ValueError(
            f"{database} keeps its files in {found}, expected {files.as_uri()}: was the database "
            f"copied without them? Copy {FILES} too, or move {database.name} away to start anew"
        )
    lead_back(database, found, files)
    return client.get_experiment(experiment.experiment_id)
