"""Which runs are still written: one whose process was killed outright must not look alive."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from pipeline.artifacts import Artifacts
from pipeline.tracking.client import plain_errors
from pipeline.tracking.journal import Journal, journals
from pipeline.tracking.messages import ERROR_TAG
from pipeline.tracking.sending import REASON, Send, is_for, sending_in_time
from pipeline.tracking.store import Store


@contextmanager
def is_alive_while(project: Path, run_id: str) -> Iterator[None]:
    """Hold `.headway/running/<run_id>` inside; however the process ends, the lock ends too."""
    folder = _folder(project)
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / run_id, timeout=0)
    with lock:
        try:
            yield
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)


def close_abandoned(store: Store) -> list[str]:
    """Mark runs as KILLED whose process is gone, and give their ids.

    What such a run left to be sent is sent, or stays for `headway send`, as what a slow store does
    not take in time.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    paths = sorted(_folder(store.project).glob("*"))
    with sending_in_time(store) as send:
        return [path.name for path in paths if _close_if_abandoned(store, path, send)]


def _close_if_abandoned(store: Store, path: Path, send: Send) -> bool:
    try:
        with filelock.FileLock(path, timeout=0), plain_errors(store.uri):
            is_closed = _close(store, path.name, send)
            path.unlink(missing_ok=True)
            return is_closed
    except filelock.Timeout:
        return False


def _close(store: Store, run_id: str, send: Send) -> bool:
    from mlflow.exceptions import MlflowException

    for journal in journals(store.project):
        if journal.run_id == run_id:
            return _send_last_words(journal, store, send)
    try:
        is_running = bool(store.client.get_run(run_id).info.status == "RUNNING")
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return False  # it lives in another store
    if is_running:
        store.client.set_tag(run_id, ERROR_TAG, REASON)
        store.client.set_terminated(run_id, status="KILLED")
    return is_running


def _send_last_words(journal: Journal, store: Store, send: Send) -> bool:
    """Send what a process wrote down before it ended; whether all of it is in the store now."""
    try:
        return is_for(journal, store) and not send(journal).left
    except ValueError:
        return False  # the journal is damaged, which `headway send` says


def _folder(project: Path) -> Path:
    return Artifacts(project).private / "running"
