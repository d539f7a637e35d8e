"""`headway send`: what was kept while the store was away, sent later."""

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from pipeline.progress import warn
from pipeline.tracking.client import make_client, require_reachable, without_password
from pipeline.tracking.database import database_of, is_sqlite
from pipeline.tracking.delivery import LATE, one_line, send_in_order
from pipeline.tracking.journal import Journal, journals
from pipeline.tracking.messages import ERROR_TAG, Ending, Message, Metrics, Tags
from pipeline.tracking.points import latest_points, new_points
from pipeline.tracking.store import Store, project_of, store_uri

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

WAIT_SECONDS = 10.0
"""How long a stage that begins waits until a slow server has what earlier runs left for it.

A database on this machine is waited for."""

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
    is_late: bool = False
    """Whether it is for want of time alone."""


Send = Callable[[Journal], SentRun]


def send_unsent(root: Path) -> list[SentRun]:
    """Send every journal of the project, and delete what the store has taken.

    Raises:
        ValueError: a journal's line is damaged.
    """
    sent = [send_journal(journal, root) for journal in journals(project_of(root))]
    return [run for run in sent if run.sent or run.left]


def send_waiting(store: Store) -> list[SentRun]:
    """Send what the project's earlier runs left for this store, before it is asked about them.

    What cannot be sent, or not in time, stays where it is, for `headway send` to say why.
    """
    sent = []
    with sending_in_time(store) as send:
        for journal in journals(store.project):
            if is_for(journal, store):
                with contextlib.suppress(ValueError):
                    sent.append(send(journal))
    return sent


@contextmanager
def sending_in_time(store: Store) -> Iterator[Send]:
    """How a stage that begins sends journals: so long and no longer; a line tells what is left."""
    until = math.inf if is_sqlite(store.uri) else time.monotonic() + WAIT_SECONDS
    left = []

    def send(journal: Journal) -> SentRun:
        sent = send_journal(journal, store.project, until)
        left.append(sent.left if sent.is_late else 0)
        return sent

    yield send
    if sum(left):
        warn(
            f"tracking: {without_password(store.uri)} is slow: {sum(left)} records of earlier runs "
            f"were not sent within {WAIT_SECONDS:.0f} s; they are kept, and `headway send` sends "
            f"them"
        )


def is_for(journal: Journal, store: Store) -> bool:
    """Whether the journal's run is in this store."""
    return journal.uri == without_password(store.uri) or _has_moved(journal)


def send_journal(journal: Journal, root: Path, until: float = math.inf) -> SentRun:
    """Send one journal, until that time (`time.monotonic`); delete what the store has taken.

    Raises:
        ValueError: a line of it is damaged.
    """
    lock = journal.lock()
    try:
        lock.acquire()
    except filelock.Timeout:
        return SentRun(journal.run_id, 0, len(journal.read()), "its run is still going on")
    try:
        return _send_alone(journal, root, until)
    finally:
        journal.unlock(lock)


def _send_alone(journal: Journal, root: Path, until: float) -> SentRun:
    is_given = os.environ.get("MLFLOW_TRACKING_URI") or _has_moved(journal)
    uri = store_uri(root) if is_given else journal.uri
    messages = journal.read()
    if time.monotonic() >= until:
        return SentRun(journal.run_id, 0, len(messages), LATE, is_late=True)
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
    unknown = list(_without_known(run, messages))
    delivery = send_in_order(client, journal.run_id, unknown, until)
    left = [*delivery.refused, *delivery.left]
    journal.rewrite(left)
    sent, is_late = len(messages) - len(left), delivery.is_late and not delivery.refused
    return SentRun(journal.run_id, sent, len(left), delivery.reason, is_late)


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
