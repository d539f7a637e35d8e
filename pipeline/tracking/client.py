"""How MLflow is spoken to: quietly, without long waits, and with errors in plain words."""

import http.client
import logging
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import mlflow

REACH_SECONDS = 3

QUIET_DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Without them: seven retries with back-off (minutes of silence), usage reports, and addresses
printed to stdout that open in the wrong view, and a bar for each file."""

PASSING = ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED")
"""Errors that say the store is away or overloaded; all others would come again."""

WHILE_AWAY = (
    ": the server's own log says why; run again when it is well, or unset MLFLOW_TRACKING_URI to "
    "track into mlflow.db"
)

QUIET_LOGGERS = ("mlflow", "alembic", "urllib3.connectionpool")


def make_client(uri: str) -> "mlflow.MlflowClient":
    """MLflow's client for a store, which is its registry of models too."""
    return quiet_mlflow().MlflowClient(tracking_uri=uri, registry_uri=uri)


def quiet_mlflow() -> Any:
    """The library, without its log lines, its usage reports and its minutes of retries."""
    for name, value in QUIET_DEFAULTS.items():
        os.environ.setdefault(name, value)
    import mlflow

    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return mlflow


def without_password(uri: str) -> str:
    """The address as it may be shown: https://name:secret@host -> https://host."""
    parts = urllib.parse.urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else uri


def require_reachable(uri: str) -> None:
    """Ask an http(s) tracking server for a sign of life; any answer at all is one.

    Raises:
        ConnectionError: nothing answers within 3 seconds.
    """
    if not uri.startswith(("http://", "https://")):
        return
    try:
        with urllib.request.urlopen(f"{without_password(uri)}/health", timeout=REACH_SECONDS):
            return
    except urllib.error.HTTPError:
        return
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return  # it answers; whether its certificate will do is for MLflow's settings to say
        raise ConnectionError(
            f"the tracking server {without_password(uri)} does not answer ({reason}): start it, or "
            "correct MLFLOW_TRACKING_URI, or unset it to track into mlflow.db"
        ) from None


@contextmanager
def plain_errors(uri: str) -> Iterator[None]:
    """MLflow's errors in one line: ConnectionError where the store is away, else ValueError.

    A database's driver that is not installed is a ValueError too.
    """
    mlflow = quiet_mlflow()
    try:
        yield
    except mlflow.exceptions.MlflowException as error:
        kind = ConnectionError if error.error_code in PASSING else ValueError
        line = " ".join(str(error).split())
        advice = WHILE_AWAY if kind is ConnectionError and uri.startswith("http") else ""
        raise kind(
            f"the tracking store {without_password(uri)} cannot be used: {line}{advice}"
        ) from None
    except ModuleNotFoundError as error:  # SQLAlchemy has drivers for SQLite alone
        raise ValueError(
            f"the tracking store {without_password(uri)} needs the Python module {error.name}, "
            f"which is not installed: install it beside Headway, or name another driver in "
            f"MLFLOW_TRACKING_URI (postgresql+psycopg://... is psycopg 3)"
        ) from None
