"""Messages -> the store, in order and in few calls, and what became of them."""

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.tracking.messages import Message, Metrics, send_metrics

if TYPE_CHECKING:
    import mlflow

LATE = "the store takes its time"

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
    is_late: bool = False
    """Whether the time was over before all was sent."""


def send_in_order(
    client: "mlflow.MlflowClient", run_id: str, messages: Sequence[Message], until: float = math.inf
) -> Delivery:
    """Send until the store is away, or that time (`time.monotonic`) has come.

    A message sent twice (after a time-out) says nothing new. Of points that are refused together,
    each is tried by itself.
    """
    refused: list[Message] = []
    reason = ""
    waiting = deque(batches(messages))
    while waiting:
        if time.monotonic() >= until:
            return Delivery(refused, [it for each in waiting for it in each], LATE, is_late=True)
        batch = waiting.popleft()
        try:
            _send(client, run_id, batch)
        # Also what drivers raise of their own, or that one is not installed (boto3 for s3://).
        except Exception as error:
            reason = one_line(error)
            if not _comes_again(error):
                left = [message for each in (batch, *waiting) for message in each]
                return Delivery(refused, left, reason)
            if len(batch) == 1:
                refused += batch
            else:
                waiting.extendleft([message] for message in reversed(batch))
    return Delivery(refused, [], reason)


def batches(messages: Sequence[Message]) -> list[list[Message]]:
    """The messages in order; points that follow each other go together, all else by itself."""
    found: list[list[Message]] = []
    for message in messages:
        if found and isinstance(message, Metrics) and isinstance(found[-1][-1], Metrics):
            found[-1].append(message)
        else:
            found.append([message])
    return found


def one_line(error: BaseException) -> str:
    """An error's kind and message in one line of 300 characters at most."""
    text = " ".join(str(error).split())
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return line if len(line) <= 300 else f"{line[:299]}…"


def _send(client: "mlflow.MlflowClient", run_id: str, batch: Sequence[Message]) -> None:
    points = [message for message in batch if isinstance(message, Metrics)]
    if points:
        send_metrics(client, run_id, points)
    for message in batch[len(points) :]:
        message.send(client, run_id)


def _comes_again(error: Exception) -> bool:
    if isinstance(error, OSError):
        return isinstance(error, FileNotFoundError)
    return isinstance(error, ValueError) or getattr(error, "error_code", "") in REFUSALS
