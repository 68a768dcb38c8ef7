"""The HTTP side: routes, errors in OpenAI's form, and streams that end with their reader."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from workbench.asked.log import QuestionLog
from workbench.engine.tracing import Traces
from workbench.serve.guard import Guard, Limits
from workbench.serve.protocol import ChatRequest, RefusalError, events, seen, whole
from workbench.serve.request_queue import AnsweringRun, RequestQueue
from workbench.serve.requests import asked_in, known_variant
from workbench.serve.searching import search_routes
from workbench.serve.spans import parent_of

#: Tells how the turns before the question were taken; see :class:`.conversations.Turn`.
CONVERSATION = "X-Workbench-Conversation"


def create_app(
    served: AnsweringRun,
    run: str = "",
    hosts: tuple[str, ...] | None = None,
    limits: Limits | None = None,
    traces: Traces | None = None,
    kept: QuestionLog | None = None,
) -> FastAPI:
    """The API over a served run. ``hosts`` are the only Host headers answered; None means any.

    ``kept`` is where a line on each answered question goes, if anywhere.
    """
    limits = limits or Limits()
    queue = RequestQueue(served, run, limits.waiting, traces, kept)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Returns at once, so that /health answers while the models are being loaded.
        queue.open()
        yield
        queue.close()
        if traces is not None:
            traces.close()

    app = FastAPI(title="Variants of a run", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, limits=limits)
    if limits.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(limits.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
            expose_headers=[CONVERSATION, "Retry-After"],
        )
    if hosts is not None:
        # A page on the web that resolves its own name to this machine is not answered.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))

    @app.exception_handler(RefusalError)
    def refused(_: Request, error: RefusalError) -> JSONResponse:
        return JSONResponse(error.body, error.status, error.headers)

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        # OpenAI's error object has room for one fault, and its clients know nothing of ``body``.
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        reason = RefusalError(
            400, f"{place or 'body'}: {first['msg']}", "invalid_request_error", place or None
        )
        return JSONResponse(reason.body, 400)

    # Starlette's class, not FastAPI's: unknown routes raise the former.
    @app.exception_handler(HTTPException)
    def unknown(_: Request, error: HTTPException) -> JSONResponse:
        result = RefusalError(error.status_code, str(error.detail), "invalid_request_error")
        return JSONResponse(result.body, error.status_code, error.headers)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Whether the process lives, and whether its models are loaded."""
        facts = {"status": queue.status, "run": run, "variants": served.names()}
        return facts | ({"trouble": queue.trouble} if queue.trouble else {})

    @app.get("/ready")
    async def ready() -> JSONResponse:
        """Whether questions are being answered: 503 while loading, stuck or failed."""
        moves = queue.moves()
        facts = {"ready": moves, "status": queue.status, "waiting": queue.waiting()}
        return JSONResponse(facts, 200 if moves else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        content, media_type = queue.metrics.text()
        return Response(content, media_type=media_type)

    def model(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": queue.created, "owned_by": "workbench"}

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [model(name) for name in served.names()]}

    @app.get("/v1/models/{name}")
    async def one_model(name: str) -> dict[str, Any]:
        return model(known_variant(name, served.names()))

    @app.post("/v1/chat/completions", response_model=None)
    async def chat(body: ChatRequest, request: Request) -> Any:
        asked, ignored = asked_in(body, served.names())
        steps = queue.submit(body.model, asked, parent_of(request.headers)).steps(
            request.is_disconnected
        )
        # The first step is taken before any reply begins: a refusal can still set the status.
        first = await anext(steps, None)
        if first is None:
            # The client has left: whatever is sent reaches nobody.
            return Response(status_code=499)
        turn = first["turn"]
        if asked.earlier and turn.mode == "single-turn":
            ignored.append("messages before the last user message")
        extension = seen(first["context"], served.decoding, ignored, turn.record())
        head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": body.model,
        }
        told = {CONVERSATION: turn.mode}
        if body.stream:
            sent = events(head, steps, extension, body.usage_apart)
            return StreamingResponse(sent, media_type="text/event-stream", headers=told)
        async with contextlib.aclosing(steps):
            return JSONResponse(await whole(head, steps, extension), headers=told)

    app.include_router(search_routes(queue))
    return app
