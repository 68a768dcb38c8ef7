"""The HTTP side: routes, errors in OpenAI's form, and streams that end with their reader."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING, Any

from workbench.serve.protocol import ChatRequest, RefusalError, events, seen, whole
from workbench.serve.request_queue import AnsweringRun, RequestQueue

if TYPE_CHECKING:
    from fastapi import FastAPI


def create_app(
    served: AnsweringRun, run: str = "", hosts: tuple[str, ...] | None = None
) -> FastAPI:
    """The API over a served run. ``hosts`` are the only Host headers answered; None means any."""
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse, StreamingResponse
    from starlette.exceptions import HTTPException
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    queue = RequestQueue(served, run)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Returns at once, so that /health answers while the models are being loaded.
        queue.load()
        yield

    class Stream(StreamingResponse):
        """Ends the answer once its reader is gone, so that the next question gets its turn."""

        def __init__(self, events: Iterator[str], steps: Generator[Any]) -> None:
            super().__init__(events, media_type="text/event-stream")
            self.steps = steps

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            try:
                await super().__call__(scope, receive, send)
            finally:
                # Runs the generator's ``finally``, which gives up its turn.
                self.steps.close()

    app = FastAPI(title="Variants of a run", lifespan=lifespan, docs_url=None, redoc_url=None)
    if hosts is not None:
        # A page on the web that resolves its own name to this machine is not answered.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))

    @app.exception_handler(RefusalError)
    def refused(_: Request, error: RefusalError) -> JSONResponse:
        return JSONResponse(error.body, error.status)

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
        return JSONResponse(result.body, error.status_code)

    @app.get("/health")
    def health() -> dict[str, Any]:
        facts = {"status": queue.status, "run": run, "variants": served.names()}
        return facts | ({"trouble": queue.trouble} if queue.trouble else {})

    def model(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": queue.created, "owned_by": "workbench"}

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [model(name) for name in served.names()]}

    @app.get("/v1/models/{name}")
    def one_model(name: str) -> dict[str, Any]:
        if name not in served.names():
            raise RefusalError(
                404, f"There is no variant {name!r} in this run.", "invalid_request_error", "model",
                "model_not_found",
            )  # fmt: skip
        return model(name)

    @app.post("/v1/chat/completions", response_model=None)
    def chat(request: ChatRequest) -> Any:
        # A plain function, so that FastAPI runs it in a thread: it waits for the models.
        question, ignored = queue.check(request)
        steps = queue.answer(request.model, question)
        # The first step is taken before any reply begins: a refusal can still set the status.
        extension = seen(next(steps)["context"], served.decoding, ignored)
        head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": request.model,
        }
        if request.stream:
            return Stream(events(head, steps, extension), steps)
        return whole(head, steps, extension)

    return app
