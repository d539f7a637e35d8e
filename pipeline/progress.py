"""Long work -> what is being done and how much is left: a line in a terminal, few lines in a log.

Whoever works says so with `counted` or `begin`; only inside `shown` does anybody hear of it.
"""

import contextlib
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pipeline.foreign import visible, visible_name

AFTER = 2.0
"""Seconds: work that is shorter goes without a word."""
EVERY = 30.0
"""Seconds between two lines of a log."""
REFRESH = 0.25
"""Seconds between two looks."""
CLEAR = "\r\x1b[K"

Item = TypeVar("Item")


class Work:
    """What a process is doing, and since when; another thread asks for it."""

    def __init__(self, verb: str, now: float) -> None:
        self.verb, self.start = verb, now
        self.steps: tuple[str, ...] = ()
        self.step = ""
        self.begin("loading libraries", None, now)

    def begin(self, doing: str, total: int | Callable[[], float] | None, now: float) -> None:
        """Something else is done from now on: `total` things, or as large a share as is told.

        "" is what another program tells of itself.
        """
        self.doing, self.total, self.done, self.begun = doing, total, 0, now
        self._told: float | None = None

    def text(self, now: float) -> str:
        """One line: "evaluate, step 2 of 5, drawing: 40 %, about 12 s left"."""
        parts = [self.verb]
        if self.step:
            parts.append(f"step {self.steps.index(self.step) + 1} of {len(self.steps)}")
        share = self._share()
        told = f"{', '.join(parts)}: {visible_name(self.doing)}"
        if share is None:
            return told
        taken = now - self.begun
        left = f", about {_duration(taken / share - taken)} left" if 0 < share < 1 else ""
        return f"{told}: {100 * share:.0f} %{left}"

    def line_due(self, now: float) -> str | None:
        """What a log is told now: once of what takes more than AFTER, then now and then."""
        last = self.begun + AFTER - EVERY if self._told is None else self._told
        if not self.doing or now < last + EVERY:
            return None
        self._told = now
        return self.text(now)

    def _share(self) -> float | None:
        if callable(self.total):
            return self.total()
        return self.done / self.total if self.total else None


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


_work: Work | None = None
_lock = threading.RLock()


@contextmanager
def shown(verb: str) -> Iterator[None]:
    """Tell on stderr what is done in here."""
    global _work
    with _lock:
        _work = Work(verb, time.monotonic())
    is_over = threading.Event()
    teller = threading.Thread(target=_tell_until, args=(is_over,), daemon=True)
    teller.start()
    try:
        yield
    finally:
        is_over.set()
        teller.join()
        with _lock:
            _clear()
            _work = None


def plan(*steps: str) -> None:
    """What will be done, one `step` after another."""
    with _lock:
        if _work:
            _work.steps = steps


def step(name: str) -> None:
    """The next step of the plan is begun."""
    with _lock:
        if _work:
            assert name in _work.steps
            _work.step = name
    begin(name)


def begin(doing: str, total: int | Callable[[], float] | None = None) -> None:
    """Say what is done from now on; `total` as of `Work.begin`."""
    with _lock:
        if _work:
            _work.begin(doing, total, time.monotonic())


def go_on(doing: str) -> None:
    """The same work, under another name: what is counted goes on."""
    with _lock:
        if _work:
            _work.doing = doing


def advance(number: int = 1) -> None:
    """So many of the things are done."""
    with _lock:
        if _work:
            _work.done += number


def counted(items: Iterable[Item], doing: str, total: int) -> Iterator[Item]:
    """The items; each counts as done when the next is asked for."""
    begin(doing, total)
    for item in items:
        yield item
        advance()


def say(line: object) -> None:
    """Print a line on stdout, whole, though something is told meanwhile.

    Names and errors come from files and stores of others, and must not steer.
    """
    with _lock:
        _clear()
        print(visible(str(line)), flush=True)


def warn(line: object) -> None:
    """Print a line on stderr, as `say` does on stdout."""
    with _lock:
        _clear()
        print(visible(str(line)), file=sys.stderr, flush=True)


def _tell_until(is_over: threading.Event) -> None:
    while not is_over.wait(REFRESH):
        with _lock, contextlib.suppress(OSError, ValueError):  # nobody may listen any more
            _tell(time.monotonic())


def _tell(now: float) -> None:
    assert _work
    if not sys.stderr.isatty():
        if line := _work.line_due(now):
            print(line, file=sys.stderr, flush=True)
    elif _work.doing and now - _work.start > AFTER:
        width = shutil.get_terminal_size().columns
        print(CLEAR + _work.text(now)[: width - 1], end="", file=sys.stderr, flush=True)


def _clear() -> None:
    """Take away the line that stands in a terminal."""
    if _work and sys.stderr.isatty() and time.monotonic() - _work.start > AFTER:
        with contextlib.suppress(OSError, ValueError):
            print(CLEAR, end="", file=sys.stderr, flush=True)
