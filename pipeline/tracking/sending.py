"""`headway send`: what was kept while the store was away, sent later."""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from pipeline.tracking.client import make_client, require_reachable, without_password
from pipeline.tracking.database import database_of, is_sqlite
from pipeline.tracking.delivery import one_line, send_in_order
from pipeline.tracking.journal import Journal, journals
from pipeline.tracking.messages import ERROR_TAG, Ending, Message, Metrics, Tags
from pipeline.tracking.points import latest_points, new_points
from pipeline.tracking.store import Store, project_of, store_uri

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

REASON = "the process ended without a word (killed, out of memory, or the machine stopped)"


@dataclass(frozen=True)
class SentRun:
    """What became of one run's journal."""

    run_id: str
    sent: int
    """Records that the store now has."""
    left: int
    """Records that are still in the journal."""
    reason: str
    """Why some are left; empty when none is."""


def send_unsent(root: Path) -> list[SentRun]:
    """Send every journal of the project, and delete what the store has taken.

    Raises:
        ValueError: a journal's line is damaged.
    """
    sent = [send_journal(journal, root) for journal in journals(project_of(root))]
    return [run for run in sent if run.sent or run.left]


def send_waiting(store: Store) -> None:
    """Send what the project's earlier runs left for this store, before it is asked about them.

    What cannot be sent stays where it is, for `headway send` to say why.
    """
    for journal in journals(store.project):
        if is_for(journal, store):
            with contextlib.suppress(ValueError):
                send_journal(journal, store.project)


def is_for(journal: Journal, store: Store) -> bool:
    """Whether the journal's run is in this store."""
    return journal.uri == without_password(store.uri) or _has_moved(journal)


def send_journal(journal: Journal, root: Path) -> SentRun:
    """Send one journal, and delete what the store has taken.

    Raises:
        ValueError: a line of it is damaged.
    """
    lock = journal.lock()
    try:
        lock.acquire()
    except filelock.Timeout:
        return SentRun(journal.run_id, 0, len(journal.read()), "its run is still going on")
    try:
        return _send_alone(journal, root)
    finally:
        journal.unlock(lock)


def _send_alone(journal: Journal, root: Path) -> SentRun:
    is_given = os.environ.get("MLFLOW_TRACKING_URI") or _has_moved(journal)
    uri = store_uri(root) if is_given else journal.uri
    messages = journal.read()
    try:
        require_reachable(uri)
    except ConnectionError as error:
        return SentRun(journal.run_id, 0, len(messages), str(error))
    from mlflow.exceptions import MlflowException

    client = make_client(uri)
    try:
        run = client.get_run(journal.run_id)
    except MlflowException as error:
        return SentRun(journal.run_id, 0, len(messages), one_line(error))
    if not any(isinstance(message, Ending) for message in messages):
        messages += _endings(run.info.status)
    delivery = send_in_order(client, journal.run_id, list(_without_known(run, messages)))
    left = [*delivery.refused, *delivery.left]
    journal.rewrite(left)
    return SentRun(journal.run_id, len(messages) - len(left), len(left), delivery.reason)


def _has_moved(journal: Journal) -> bool:
    """Whether the project's own database went along when its folder was moved."""
    return is_sqlite(journal.uri) and not database_of(journal.uri).exists()


def _without_known(run: "Run", messages: Sequence[Message]) -> Iterator[Message]:
    """The messages, less the points of curves that the store has already."""
    latest = latest_points(run)
    for message in messages:
        if not isinstance(message, Metrics):
            yield message
        elif values := new_points(latest, message.values, message.step):
            yield replace(message, values=values)


def _endings(status: str) -> list[Message]:
    """Nobody writes the journal any more, so a run that still counts as running was killed."""
    if status != "RUNNING":
        return []
    return [Tags({ERROR_TAG: REASON}), Ending("KILLED", time.time_ns() // 1_000_000)]
