"""SIGINT and SIGTERM as exceptions, so that what is open is closed properly."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

TERMINATED = 128 + signal.SIGTERM
"""The exit status that a shell shows for a process ended by SIGTERM."""


class Terminated(SystemExit):
    """SIGTERM arrived; uncaught, the process exits with 143 and no traceback."""


@contextmanager
def sigterm_raises() -> Iterator[None]:
    """Inside, SIGTERM raises Terminated; afterwards the handler from before is back.

    Signals reach the main thread only, so in any other this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


def noted_in(received: list[int]) -> Callable[[int, FrameType | None], None]:
    """A handler that notes the signal and raises: an import may make another error of it."""

    def handle(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        _terminate(number, frame)

    return handle


def is_interruption(error: BaseException) -> bool:
    """Whether a person or the system ended the work, also if a library made an exit of it."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, KeyboardInterrupt | Terminated):
            return True
        link = link.__cause__ or link.__context__
    return False


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Terminated(TERMINATED)
