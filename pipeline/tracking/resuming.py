"""The run of a training that ended early -> the same run, under way again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.progress import warn
from pipeline.tracking.journal import Journal, unsent_folder
from pipeline.tracking.ownership import is_own
from pipeline.tracking.points import Opened, latest_points
from pipeline.tracking.search import find_by_tag
from pipeline.tracking.sending import sending_in_time
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

TOKEN_TAG = "headway.token"
"""By which a training that goes on finds its run."""
RESUMED_TAG = "headway.resumed"
"""How often the run went on after it had ended early."""


def reopen(store: Store, token: str, tags: Mapping[str, str]) -> Opened | None:
    """Set the run with this token going again, if there is one; a line says where it cannot be."""
    found = find_by_tag(store, TOKEN_TAG, token)
    if found is None or not is_own(store, found):  # a copied folder holds its original's token
        return None
    try:
        _send_what_waits(store, found.info.run_id)
    except ValueError as error:
        warn(f"the run {found.info.run_id} cannot go on ({error}): a new one begins")
        return None
    return _reopen(store, found.info.run_id, tags)


def opened(run: "Run") -> Opened:
    """A run that the store has, to be written to."""
    is_finished = run.info.status == "FINISHED"
    return Opened(run.info.run_id, run.info.run_name, latest_points(run), is_finished)


def _reopen(store: Store, run_id: str, tags: Mapping[str, str]) -> Opened:
    client = store.client
    run = client.get_run(run_id)
    again = int(run.data.tags.get(RESUMED_TAG, "0")) + 1
    client.update_run(run_id, status="RUNNING")
    for name, value in {**tags, RESUMED_TAG: str(again)}.items():
        client.set_tag(run_id, name, value)
    return opened(run)


def _send_what_waits(store: Store, run_id: str) -> None:
    """What then is left for want of time goes before all that is said from now on."""
    journal = Journal(unsent_folder(store.project), run_id, store.uri)
    if not journal.path.exists():
        return
    with sending_in_time(store) as send:
        sent = send(journal)
    if sent.left and not sent.is_late:
        raise ValueError(f"{sent.left} of its records could not be sent: {sent.reason}")
