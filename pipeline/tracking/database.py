"""The file of an SQLite store <-> its address, whatever the folders above it are called."""

import re
import urllib.parse
from pathlib import Path

PLAIN, EXPLICIT = "sqlite:///", "sqlite+pysqlite:///"
"""MLflow makes the folder above the path of a plain address, read letter by letter: where the path
has escapes, that would be a stray one. An address that names the driver too is left to SQLAlchemy.
"""

SPECIAL = re.compile(r"[%?#\x00-\x1f\x7f]")
"""What means something else in an address, or ends the line that an address stands in."""


def address_of(database: Path, query: str = "") -> str:
    """The address of a database file, such as `sqlite:////project/mlflow.db`.

    The query holds SQLite's settings, such as `timeout=60`.
    """
    path = SPECIAL.sub(lambda found: f"%{ord(found[0]):02X}", str(database))
    address = (PLAIN if path == str(database) else EXPLICIT) + path
    return f"{address}?{query}" if query else address


def is_sqlite(uri: str) -> bool:
    """Whether the address is one of an SQLite file."""
    return uri.startswith((PLAIN, EXPLICIT))


def database_of(uri: str) -> Path:
    """The file that an SQLite address names, as SQLAlchemy reads it; relative if it is."""
    return Path(urllib.parse.unquote(_parts(uri)[0]))


def query_of(uri: str) -> str:
    """The settings that an SQLite address has behind its file."""
    return _parts(uri)[1]


def _parts(uri: str) -> tuple[str, str]:
    path, _, query = uri.removeprefix(PLAIN).removeprefix(EXPLICIT).partition("?")
    return path, query
