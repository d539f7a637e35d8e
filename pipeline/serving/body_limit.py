"""A request's body -> the application, whole, or a refusal where it is too large or too slow."""

import asyncio

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BYTES = 2_000_000
SECONDS = 10.0
"""Within which a body has to come."""


class BodyLimit:
    """Takes in a body before anybody reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """413 for a body of more than BYTES, 408 for one that does not come in time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(_body(receive), SECONDS)
        except TimeoutError:
            told = f"the request did not come within {SECONDS:g} s"
            await JSONResponse({"detail": told}, 408)(scope, receive, send)
            return
        except _TooLargeError:
            told = f"expected at most {BYTES:,} bytes, found more: ask in several requests"
            await JSONResponse({"detail": told}, 413)(scope, receive, send)
            return
        await self.app(scope, _given(body, receive), send)


class _TooLargeError(Exception):
    pass


async def _body(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BYTES:
            raise _TooLargeError
        more = message.get("more_body", False)
    return b"".join(parts)


def _given(body: bytes, receive: Receive) -> Receive:
    """The body in one message, then whatever comes."""
    is_given = False

    async def give() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give
