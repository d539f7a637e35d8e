"""Messages about a run on their way to the store: in order, and none is lost when it is away."""

import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import filelock

from pipeline.tracking.client import require_reachable, without_password
from pipeline.tracking.journal import Journal, unsent_folder
from pipeline.tracking.messages import Message
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    import mlflow

RETRY_SECONDS = 30.0
"""The least time between two tries to reach a store that was away."""

RETRY_SHARE = 20
"""A try that took t seconds is not repeated for 20 t: waiting costs a training 5 % at most."""

REFUSALS = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST")
"""MLflow's errors that would come again with the same message; all others may pass."""


@dataclass(frozen=True)
class Delivery:
    """What became of some messages."""

    refused: list[Message]
    """The store answered that it will not take these."""
    left: list[Message]
    """Not sent, since the store was away."""
    reason: str
    """The last thing that went wrong, in one line; empty when all went well."""


def send_in_order(
    client: "mlflow.MlflowClient", run_id: str, messages: Sequence[Message]
) -> Delivery:
    """Send until the store is away. A message sent twice (after a time-out) is kept once."""
    from mlflow.exceptions import MlflowException

    refused: list[Message] = []
    reason = ""
    for place, message in enumerate(messages):
        try:
            message.send(client, run_id)
        except (MlflowException, OSError, ValueError) as error:
            reason = one_line(error)
            if not _comes_again(error):
                return Delivery(refused, list(messages[place:]), reason)
            refused.append(message)
    return Delivery(refused, [], reason)


def one_line(error: BaseException) -> str:
    """An error's kind and message in one line of 300 characters at most."""
    text = " ".join(str(error).split())
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return line if len(line) <= 300 else f"{line[:299]}…"


class Outbox:
    """The messages of one run. They are sent at once, or kept until the store is back."""

    def __init__(self, store: Store, run_id: str, retry_seconds: float) -> None:
        self._store = store
        self._run_id = run_id
        self._retry_seconds = retry_seconds
        self._journal = Journal(unsent_folder(store.project), run_id, without_password(store.uri))
        self._lock: filelock.FileLock | None = None
        self._refused: list[Message] = []
        self._waiting: list[Message] = []
        self._next_try = 0.0
        self._has_warned = False

    def put(self, message: Message) -> None:
        """Send the message, or keep it in order. Never fails for the store's sake."""
        self._waiting.append(self._journal.append(message) if self._lock else message)
        if time.monotonic() >= self._next_try:
            self._deliver()

    def close(self) -> None:
        """Try once more; what then is left stays in the journal, and a line says where."""
        if self._waiting:
            self._deliver()
        if self._lock is None:
            return
        left = [*self._refused, *self._waiting]
        self._journal.rewrite(left)
        self._journal.unlock(self._lock)
        self._lock = None
        if left:
            _say(
                f"{len(left)} records of this run could not be sent; they are kept whole in "
                f"{self._journal.path}: `headway send` sends them when the store is back"
            )
        else:
            _say("the store is back, and everything that was kept has been sent")

    def _deliver(self) -> None:
        started = time.monotonic()
        try:
            if self._next_try:  # it was away: ask first, which takes 3 seconds at most
                require_reachable(self._store.uri)
            delivery = send_in_order(self._store.client, self._run_id, self._waiting)
        except ConnectionError as error:
            delivery = Delivery([], self._waiting, one_line(error))
        took = time.monotonic() - started
        if delivery.left or delivery.refused:
            delivery = self._keep(delivery)
        self._waiting = delivery.left
        self._refused += delivery.refused
        if self._lock and not delivery.left:
            self._journal.rewrite(self._refused)
        wait = max(self._retry_seconds, RETRY_SHARE * took)
        self._next_try = time.monotonic() + wait if delivery.left else 0.0

    def _keep(self, delivery: Delivery) -> Delivery:
        """From the first failure on, all is written down as well: then a crash loses nothing."""
        if not self._has_warned:
            self._has_warned = True
            _say(
                f"{without_password(self._store.uri)} does not take this run's records "
                f"({delivery.reason[:100]}): the run goes on, and they are kept "
                f"in {self._journal.path}"
            )
        if self._lock:
            return delivery
        self._lock = self._journal.lock()
        self._lock.acquire()
        refused = [self._journal.append(message) for message in delivery.refused]
        left = [self._journal.append(message) for message in delivery.left]
        return Delivery(refused, left, delivery.reason)


def _comes_again(error: Exception) -> bool:
    if isinstance(error, OSError):
        return isinstance(error, FileNotFoundError)
    return isinstance(error, ValueError) or getattr(error, "error_code", "") in REFUSALS


def _say(text: str) -> None:
    """One line to stderr; a closed stderr is no reason to stop a run."""
    with contextlib.suppress(OSError):
        print(f"tracking: {text}", file=sys.stderr, flush=True)
