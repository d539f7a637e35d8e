"""Requests that come at the same time -> one pass of the model, and to each its own answers."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.serving.rows import GivenRow, RowAnswerer

AT_ONCE = 256
"""Rows of one pass, those of a single request apart."""
WAITING = 4096
"""Rows that may wait; beyond them a request is turned away."""

Found = TypeVar("Found")
Answers = list[dict[str, Any]]


class Busy(Exception):  # noqa: N818  (a state, no error)
    """So many rows wait that another request would wait too long."""


@dataclass(frozen=True)
class Request:
    """Rows that somebody waits for."""

    rows: Sequence[GivenRow]
    answers: "asyncio.Future[Answers]"


class Together:
    """One worker that answers whatever has come while it was busy; nobody waits for company."""

    def __init__(self, answerer: RowAnswerer) -> None:
        self.answerer = answerer
        self._requests: deque[Request] = deque()
        self._has_come = asyncio.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="model")

    async def answer(self, rows: Sequence[GivenRow]) -> Answers:
        """The rows' answers.

        Raises:
            Busy: too many rows wait already.
        """
        if sum(len(one.rows) for one in self._requests) + len(rows) > WAITING:
            raise Busy
        request = Request(rows, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        self._has_come.set()
        return await request.answers

    async def run(self, work: Callable[[], Found]) -> Found:
        """Something else that the worker does in its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    async def serve(self) -> None:
        """Answer until it is cancelled."""
        try:
            while True:
                await self._has_come.wait()
                self._has_come.clear()
                while part := self._take():
                    await self._answer(part)
        finally:
            self._worker.shutdown(wait=False, cancel_futures=True)

    def _take(self) -> list[Request]:
        """The next requests, up to AT_ONCE rows; who has given up waiting is passed over."""
        part: list[Request] = []
        size = 0
        while self._requests and (not part or size + len(self._requests[0].rows) <= AT_ONCE):
            request = self._requests.popleft()
            if not request.answers.done():
                part.append(request)
                size += len(request.rows)
        return part

    async def _answer(self, part: Sequence[Request]) -> None:
        rows = [row for request in part for row in request.rows]
        try:
            answers = iter(await self.run(lambda: self.answerer.answer(rows)))
        except Exception as error:  # a fault of ours, which every request is told of
            for request in part:
                if not request.answers.done():
                    request.answers.set_exception(error)
            return
        for request in part:
            own = [next(answers) for _ in request.rows]
            if not request.answers.done():
                request.answers.set_result(own)
