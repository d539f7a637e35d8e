"""An address -> Optuna's storage: a journal file of the project's, or any database."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import optuna
import sqlalchemy.exc
from optuna.storages import (
    BaseStorage,
    JournalStorage,
    RDBStorage,
    RetryHeartbeatStaleTrialCallback,
)
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._file import BaseJournalFileLock

from pipeline.tracking.client import without_password
from pipeline.tracking.database import address_of, database_of, is_sqlite, query_of

CONNECT_SECONDS = 5
BEAT_SECONDS, DEAD_SECONDS = 30, 300
"""How often a database is told that a trial is still being made, and when it is given up."""
WITH_TIMEOUT = ("postgresql", "mysql", "mariadb")
"""Databases whose drivers know `connect_timeout`."""


class KillProofLock(BaseJournalFileLock):
    """The journal's lock, which ends with its process: Optuna's own outlives one that is killed."""

    def __init__(self, path: Path) -> None:
        self._lock = filelock.FileLock(path)

    def acquire(self) -> bool:
        """Wait for it."""
        self._lock.acquire()
        return True

    def release(self) -> None:
        """Let the next one write."""
        self._lock.release()


def open_storage(url: str | None, journal: Path, lock: Path) -> BaseStorage:
    """Optuna's storage at an address; without one, the journal file.

    Raises:
        ValueError: it is no address, its driver is missing, or nothing answers there.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if url is None:
        journal.parent.mkdir(parents=True, exist_ok=True)
        return JournalStorage(JournalFileBackend(str(journal), lock_obj=KillProofLock(lock)))
    if is_sqlite(url) and database_of(url) == Path():
        raise ValueError(f"the storage {url} names no file: sqlite:///trials.db has one")
    arguments = {"connect_timeout": CONNECT_SECONDS} if url.startswith(WITH_TIMEOUT) else {}
    with storage_errors(url), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RDBStorage(
            url,
            engine_kwargs={"connect_args": arguments, "pool_pre_ping": True},
            heartbeat_interval=BEAT_SECONDS,
            grace_period=DEAD_SECONDS,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
        )


def absolute(url: str | None) -> str | None:
    """The address of an SQLite file from anywhere, not only from the current folder."""
    if url is None or not is_sqlite(url) or database_of(url) == Path():
        return url
    return address_of(Path.cwd() / database_of(url), query_of(url))


@contextmanager
def storage_errors(url: str | None) -> Iterator[None]:
    """A database's errors in one sentence, without its password."""
    try:
        yield
    except ImportError as error:
        missing = getattr(error.__cause__, "name", None) or error.name
        raise ValueError(
            f"the storage {_named(url)} needs the Python module {missing}, which is not installed: "
            f"install it beside Headway (psycopg for postgresql+psycopg://...)"
        ) from None
    except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        cause = error.__cause__ or error
        reason = str(getattr(cause, "orig", None) or cause).strip().splitlines()[0]
        raise ValueError(
            f"the storage {_named(url)} cannot be used ({reason}): start the database, or correct "
            f"--storage, or leave it out to keep the sweep in a file here"
        ) from None


def _named(url: str | None) -> str:
    return without_password(url) if url else "of the sweep"
