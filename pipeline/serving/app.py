"""A trained model -> an application that answers over HTTP: /predict, /attention, /health, a page.

What is wrong with a request is told in its `detail`: 422 what it says, 413 its size, 503 too much
at the same time, or too slow.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import numpy as np
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from pipeline.pages.server_pages import interface_page, live_page
from pipeline.serving.body_limit import BodyLimit
from pipeline.serving.predictor import Looked, Predictor, Refused
from pipeline.serving.requests import Answers, Attention, Health, Question, Refusal, Sentence
from pipeline.serving.rows import RowAnswerer
from pipeline.serving.together import Busy, Together

SECONDS = 30.0
"""A request that takes longer is told so."""
LOOKED_AT = 128
"""Tokens of a sentence whose weights are sent: their number grows with the square."""
DECIMALS = 4
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal} for status in (408, 413, 422, 503)
}
HOSTS = ["127.0.0.1", "localhost"]
"""A page of another name cannot ask in a person's browser."""

Found = TypeVar("Found")


def make_app(predictor: Predictor, name: str) -> FastAPI:
    """The application; `name` is what the model is called."""
    together = Together(RowAnswerer(predictor))

    @asynccontextmanager
    async def working(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(together.serve())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = FastAPI(
        title="Headway", summary=f"The model {name}", lifespan=working,
        docs_url=None, redoc_url=None,  # both would load their scripts from another server
    )  # fmt: skip
    app.add_middleware(BodyLimit)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    app.add_exception_handler(RequestValidationError, _told)
    shape = predictor.network.shape
    encoder, kind = shape.encoder, shape.objective.kind

    @app.post(
        "/predict",
        response_model=Answers,
        response_model_exclude_unset=True,
        responses=REFUSALS,
    )
    async def predict(question: Question) -> dict[str, Any]:
        """The model's answer about each row, as `headway predict` gives it."""
        return {"rows": await _in_time(together.answer([one.row for one in question.rows]))}

    @app.post("/attention", response_model=Attention, responses=REFUSALS)
    async def attention(sentence: Sentence) -> dict[str, Any]:
        """How much each token of one sentence looks at each, in every head."""
        return await _in_time(together.run(lambda: _looked(predictor, sentence)))

    @app.get("/health", response_model=Health)
    async def health() -> dict[str, Any]:
        """Whether it answers, and which model it is."""
        return {
            "status": "ok", "model": name, "objective": kind, "n_layers": encoder.n_layers,
            "n_heads": encoder.n_heads, "max_tokens": shape.max_length,
        }  # fmt: skip

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> str:
        return live_page(name, shape.objective, LOOKED_AT, predictor.takes_pairs)

    @app.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    async def interface() -> str:
        return interface_page(app.openapi())

    return app


async def _in_time(work: Awaitable[Found]) -> Found:
    """What is found; 503 where that takes too long or too much waits, 422 where it is refused."""
    try:
        return await asyncio.wait_for(work, SECONDS)
    except TimeoutError:
        raise HTTPException(503, f"no answer within {SECONDS:g} s: ask again later") from None
    except Busy:
        raise HTTPException(503, "too many sentences are waiting: ask again later") from None
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


def _looked(predictor: Predictor, sentence: Sentence) -> dict[str, Any]:
    given = sentence.row.sentence
    if isinstance(given, Refused):
        raise ValueError(given.reason)
    found: Looked = predictor.look(given)
    if len(found.tokens) > LOOKED_AT:
        raise ValueError(
            f"expected at most {LOOKED_AT} tokens, found {len(found.tokens)}: `headway predict "
            f"--attention LAYER.HEAD` writes the weights of longer sentences"
        )
    weights = found.weights.astype(np.float64).round(DECIMALS).tolist()
    return {"words": found.words, "tokens": found.tokens, "weights": weights}


async def _told(request: Request, error: Exception) -> JSONResponse:
    """422 with what is wrong first, in a sentence."""
    del request
    assert isinstance(error, RequestValidationError)
    faults: Sequence[Any] = error.errors()
    fault = faults[0]
    where = ".".join(str(part) for part in fault["loc"] if part != "body")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    reason = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "json_invalid":
        where, reason = "", f"expected JSON, found none ({fault['ctx']['error']})"
    return JSONResponse({"detail": f"{where}{': ' * bool(where)}{reason}{more}"}, 422)
