"""`headway send`: what was kept while the store was away, sent later."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import filelock

from pipeline.tracking.client import make_client, require_reachable
from pipeline.tracking.journal import Journal, journals
from pipeline.tracking.liveness import REASON
from pipeline.tracking.messages import Ending, Message, Tags
from pipeline.tracking.outbox import send_in_order
from pipeline.tracking.store import project_of, store_uri


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
    return [send_journal(journal, root) for journal in journals(project_of(root))]


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
    uri = store_uri(root) if os.environ.get("MLFLOW_TRACKING_URI") else journal.uri
    messages = journal.read()
    try:
        require_reachable(uri)
    except ConnectionError as error:
        return SentRun(journal.run_id, 0, len(messages), str(error))
    client = make_client(uri)
    if not any(isinstance(message, Ending) for message in messages):
        messages += _endings(client.get_run(journal.run_id).info.status)
    delivery = send_in_order(client, journal.run_id, messages)
    left = [*delivery.refused, *delivery.left]
    journal.rewrite(left)
    return SentRun(journal.run_id, len(messages) - len(left), len(left), delivery.reason)


def _endings(status: str) -> list[Message]:
    """Nobody writes the journal any more, so a run that still counts as running was killed."""
    if status != "RUNNING":
        return []
    return [Tags({"headway.error": REASON}), Ending("KILLED", time.time_ns() // 1_000_000)]
