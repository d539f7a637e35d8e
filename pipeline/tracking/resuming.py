"""The run of a training that ended early -> the same run, under way again."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.tracking.finding import find_by_tag
from pipeline.tracking.journal import Journal, unsent_folder
from pipeline.tracking.sending import send_journal
from pipeline.tracking.store import Store

ERROR_TAG = "headway.error"
TOKEN_TAG = "headway.token"
"""By which a training that goes on finds its run."""
RESUMED_TAG = "headway.resumed"
"""How often the run went on after it had ended early."""


@dataclass(frozen=True)
class Opened:
    """A run to write to, and the points of its curves that the store has already."""

    run_id: str
    name: str
    known: frozenset[tuple[str, int]] = frozenset()
    """Names and steps of metrics."""


def reopen(store: Store, token: str, tags: Mapping[str, str]) -> Opened | None:
    """Set the run with this token going again, if there is one; a line says where it cannot be."""
    found = find_by_tag(store, TOKEN_TAG, token)
    if found is None:
        return None
    try:
        _send_what_waits(store, found.info.run_id)
    except ValueError as error:
        print(f"the run {found.info.run_id} cannot go on ({error}): a new one begins",
              file=sys.stderr, flush=True)  # fmt: skip
        return None
    return _reopen(store, found.info.run_id, tags)


def _reopen(store: Store, run_id: str, tags: Mapping[str, str]) -> Opened:
    client = store.client
    run = client.get_run(run_id)
    again = int(run.data.tags.get(RESUMED_TAG, "0")) + 1
    client.update_run(run_id, status="RUNNING")
    if ERROR_TAG in run.data.tags:
        client.delete_tag(run_id, ERROR_TAG)
    for name, value in {**tags, RESUMED_TAG: str(again)}.items():
        client.set_tag(run_id, name, value)
    points = {
        (name, point.step)
        for name in run.data.metrics
        for point in client.get_metric_history(run_id, name)
    }
    return Opened(run_id, run.info.run_name, frozenset(points))


def _send_what_waits(store: Store, run_id: str) -> None:
    journal = Journal(unsent_folder(store.project), run_id, store.uri)
    if journal.path.exists() and (sent := send_journal(journal, store.project)).left:
        raise ValueError(f"{sent.left} of its records could not be sent: {sent.reason}")
