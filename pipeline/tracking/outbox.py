"""Messages about a run on their way to the store: written down, then sent in the background."""

import contextlib
import threading
import time
from collections.abc import Sequence

from pipeline.progress import warn
from pipeline.tracking.client import require_reachable, without_password
from pipeline.tracking.database import is_sqlite
from pipeline.tracking.delivery import Delivery, batches, one_line, send_in_order
from pipeline.tracking.journal import Journal, unsent_folder
from pipeline.tracking.messages import Message
from pipeline.tracking.store import Store

RETRY_SECONDS = 30.0
"""The least time between two tries to reach a store that was away."""

CLOSE_SECONDS = 60.0
"""How long the end of a run waits for a slow server; what then is left, `headway send` sends.

A database on this machine is waited for."""

LOCK_SECONDS = 60.0
"""How long a run waits for somebody who sends what it left last time."""


class Outbox:
    """The messages of one run. Each is written down first: a process that dies loses none.

    A thread sends them in order, so that nothing waits for a server but the end of the run, and
    that for CLOSE_SECONDS at most. What an earlier process left in the journal goes first.

    Raises:
        filelock.Timeout: another process writes about this run.
        ValueError: the journal is damaged.
    """

    def __init__(self, store: Store, run_id: str, retry_seconds: float) -> None:
        self._store = store
        self._run_id = run_id
        self._retry_seconds = retry_seconds
        self._journal = Journal(unsent_folder(store.project), run_id, without_password(store.uri))
        self._lock = self._journal.lock()
        self._lock.acquire(timeout=LOCK_SECONDS)
        self.left_before = self._journal.read()
        self.is_told = False
        """Whether this process said anything."""
        self._waiting: list[Message] = list(self.left_before)
        self._refused: list[Message] = []
        self._next_try = 0.0
        self._has_warned = self._is_unwritten = False
        self._is_closing = self._is_last_try = self._is_over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"tracking {run_id}", daemon=True)
        self._thread.start()

    def put(self, message: Message) -> None:
        """Write the message down, to be sent in its turn. Waits for no answer of the store.

        On a full disk it is sent without having been written down.
        """
        with self._changed:
            self.is_told = True
            try:
                kept = self._journal.append(message)
            except OSError as error:
                self._say_unwritten(error)
                kept = message
            self._waiting.append(kept)
            self._changed.notify_all()

    def close(self) -> None:
        """Try once more; what then is left stays in the journal, and a line says where."""
        with self._changed:
            self._is_closing, self._next_try = True, 0.0
            self._changed.notify_all()
            patience = None if is_sqlite(self._store.uri) else CLOSE_SECONDS
            self._changed.wait_for(lambda: self._is_over, patience)
            self._is_over = True  # an answer that comes later changes nothing any more
            self._changed.notify_all()
            self._journal.unlock(self._lock)
            left = len(self._refused) + len(self._waiting)
        if left:
            _say(
                f"{left} records of this run could not be sent; they are kept whole in "
                f"{self._journal.path}: `headway send` sends them when the store takes them"
            )
        elif self._has_warned:
            _say("the store is back, and everything that was kept has been sent")

    def _work(self) -> None:
        try:
            while batch := self._next_batch():
                self._settle(batch, self._deliver(batch))
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _next_batch(self) -> list[Message]:
        """What is to be sent now, once there is something; nothing when it is over."""
        with self._changed:
            while not self._is_over:
                pause = self._next_try - time.monotonic()
                if self._waiting and pause <= 0:
                    self._is_last_try = self._is_closing
                    return batches(self._waiting)[0]
                if self._is_closing and not self._waiting:
                    break
                self._changed.wait(pause if self._waiting else None)
            return []

    def _deliver(self, batch: Sequence[Message]) -> Delivery:
        try:
            if self._next_try:  # it was away: ask first, which takes 3 seconds at most
                require_reachable(self._store.uri)
            return send_in_order(self._store.client, self._run_id, batch)
        except ConnectionError as error:
            return Delivery([], list(batch), one_line(error))

    def _settle(self, batch: Sequence[Message], delivery: Delivery) -> None:
        """Keep what was not taken, forget the rest, and say so the first time."""
        with self._changed:
            if self._is_over:
                return
            self._refused += delivery.refused
            self._waiting = [*delivery.left, *self._waiting[len(batch) :]]
            with contextlib.suppress(OSError):  # a full disk: it keeps more than it need
                self._journal.rewrite([*self._refused, *self._waiting])
            if delivery.left or delivery.refused:
                self._warn(delivery.reason)
            self._next_try = 0.0
            if delivery.left:
                self._is_over = self._is_last_try
                if not self._is_closing:
                    self._next_try = time.monotonic() + self._retry_seconds

    def _say_unwritten(self, error: OSError) -> None:
        if not self._is_unwritten:
            self._is_unwritten = True
            _say(
                f"{self._journal.path} cannot be written ({one_line(error)[:200]}): the run goes "
                f"on, but what the store has not taken when it ends is lost"
            )

    def _warn(self, reason: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            _say(
                f"{without_password(self._store.uri)} does not take this run's records "
                f"({reason[:100]}): the run goes on, and they are kept in {self._journal.path}"
            )


def _say(text: str) -> None:
    """One line to stderr; a closed stderr is no reason to stop a run."""
    with contextlib.suppress(OSError):
        warn(f"tracking: {text}")
