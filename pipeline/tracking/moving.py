"""A project's own store in a folder that was moved or copied: its addresses lead there again."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.progress import warn

FILES = "mlartifacts"
"""The folder of the runs' files, beside an SQLite store."""

ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Where MLflow keeps absolute addresses: tables and their columns."""


def is_left_behind(location: str, files: Path) -> bool:
    """Whether `location` is where such a folder as `files` was before it was moved or copied.

    A folder that is still there, with no other in its place, is not left behind: only the
    database was copied, or somebody chose the place.
    """
    before = local_folder(location)
    if before is None or before.name != FILES:
        return False
    return files.is_dir() or not before.exists()


def local_folder(address: str) -> Path | None:
    """The folder that an address of this machine's files leads to; None for any other address."""
    return Path(unquote(urlsplit(address).path)) if address.startswith("file://") else None


def lead_back(database: Path, location: str, files: Path) -> None:
    """Have every address below `location` lead below `files`, in one transaction, and say so.

    The database alone is changed: the files moved with it, or were copied with it.
    """
    with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
        changed = sum(
            connection.execute(*_update(table, column, location, files.as_uri())).rowcount
            for table, column in ADDRESSES
            if _has_column(connection, table, column)
        )
    warn(
        f"tracking: {database.name} was moved or copied here: {changed} of its addresses led to "
        f"{location}, and now lead to {files.as_uri()}"
    )


def _update(table: str, column: str, old: str, new: str) -> tuple[str, tuple[str | int, ...]]:
    """The statement and its values; all names are our own."""
    statement = (
        f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
        f"WHERE {column} = ? OR substr({column}, 1, ?) = ?"
    )
    return statement, (new, len(old) + 1, old, len(old) + 1, f"{old}/")


def _has_column(connection: sqlite3.Connection, table: str, column: str) -> bool:
    known = connection.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column))
    return known.fetchone() is not None
