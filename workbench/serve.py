"""One process that answers as any variant of a run, over an OpenAI-compatible API.

``/v1/models`` lists the variants; ``/v1/chat/completions`` answers, streamed or whole, with the
passages that were used in the extension field ``workbench``; ``/health`` says whether the models
are loaded. It binds to localhost unless told otherwise. Prompt and decoding are the run's own, so
that a live answer is the one that was examined; what a request asks beyond that is named in
``workbench.ignored``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import threading
import time
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import WorkbenchError
from workbench.types import Context, Decoding

if TYPE_CHECKING:
    from fastapi import FastAPI

LOCAL = ("127.0.0.1", "localhost", "::1")
LONGEST_QUESTION = 20_000
PATIENCE_S = 120.0
log = logging.getLogger(__name__)


class Bench(Protocol):
    """What is served: the variants of one run, ready to answer (``workbench.bench.Bench``)."""

    def names(self) -> list[str]:
        """The variants that can answer new questions."""
        ...

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        """What the variant sees and, piece by piece, what it replies."""
        ...

    @property
    def decoding(self) -> Decoding:
        """How answers are drawn."""
        ...


class TextPart(BaseModel):
    """One part of a message's content; only text can be answered."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """One chat turn."""

    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The content as one text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class ChatRequest(BaseModel):
    """A chat completion request; ``model`` is the name of a variant."""

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    n: int | None = 1


class RefusalError(Exception):
    """A request that can't be answered, in the terms of OpenAI's error object."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str,
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Desk:
    """Answers one question at a time on one bench, and knows whether its models are loaded."""

    def __init__(self, bench: Bench, run: str) -> None:
        self.bench = bench
        self.run = run
        self.created = int(time.time())
        self.status: Literal["loading", "ok", "failed"] = "ok"
        self.trouble = ""
        self._turn = threading.Lock()
        self._ready = threading.Event()
        self._ready.set()

    def load(self) -> None:
        """Load the models now, in the background, if the bench can."""
        prepare = getattr(self.bench, "prepare", None)
        if prepare is None:
            return
        self.status = "loading"
        self._ready.clear()

        def work() -> None:
            try:
                prepare()
                self.status = "ok"
            except WorkbenchError as error:
                self.status, self.trouble = "failed", str(error)
            except Exception as error:
                # A thread's traceback would be lost: keep the reason for /health, log the rest.
                log.exception("The models could not be loaded")
                self.status, self.trouble = "failed", f"{type(error).__name__}: {error}"
            finally:
                self._ready.set()

        threading.Thread(target=work, name="load", daemon=True).start()

    def check(self, request: ChatRequest) -> tuple[str, list[str]]:
        """The question of a request, and what of the request is not heeded; or RefusalError."""
        names = self.bench.names()
        if request.model not in names:
            raise RefusalError(
                404,
                f"There is no variant {request.model!r} in this run; it has {', '.join(names)}.",
                "invalid_request_error", "model", "model_not_found",
            )  # fmt: skip
        if (request.n or 1) != 1:
            raise RefusalError(
                400, "Only one answer is given: n must be 1.", "invalid_request_error", "n"
            )
        asked = [message for message in request.messages if message.role == "user"]
        question = asked[-1].text.strip() if asked else ""
        if not question:
            raise RefusalError(
                400, "The last user message is the question, and there is none with text.",
                "invalid_request_error", "messages",
            )  # fmt: skip
        if len(question) > LONGEST_QUESTION:
            raise RefusalError(
                400,
                f"The question has {len(question):,} characters; "
                f"{LONGEST_QUESTION:,} are allowed.",
                "invalid_request_error", "messages", "context_length_exceeded",
            )  # fmt: skip
        ignored = sorted(request.model_extra or {})
        if len(request.messages) > 1:
            ignored.append("messages other than the last user message")
        return question, ignored

    def answer(self, variant: str, question: str) -> Generator[dict[str, Any]]:
        """First what the variant sees, then pieces of text, then timings: one record each."""
        self._ready.wait(PATIENCE_S)
        if self.status != "ok":
            why = self.trouble or "the models are still being loaded; ask again in a moment"
            raise RefusalError(
                503, f"This run can't answer yet: {why}", "server_error", code=self.status
            )
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise RefusalError(
                503, "Other questions are still being answered.", "server_error", code="busy"
            )
        try:
            began = time.perf_counter()
            context, pieces = self.bench.answer(variant, question)
            yield {"context": context}
            first, count = None, 0
            for piece in pieces:
                if first is None:
                    first = time.perf_counter() - began
                count += 1
                yield {"piece": piece}
            cut = count >= self.bench.decoding.max_new_tokens
            yield {
                "finish": "length" if cut else "stop",
                "first_token_s": first,
                "total_s": time.perf_counter() - began,
            }
        except WorkbenchError as error:
            raise RefusalError(500, str(error), "server_error") from error
        finally:
            self._turn.release()


def seen(context: Context, decoding: Decoding, ignored: list[str]) -> dict[str, Any]:
    """The extension field: what the variant saw and how the answer is drawn."""
    return {
        "passages": [
            {
                "id": found.passage.id,
                "rank": found.rank,
                "score": found.score,
                "section": found.passage.section,
                "text": found.passage.text,
            }
            for found in context.passages
        ],
        "examples": [example.text for example in context.examples],
        "retrieval_s": context.seconds,
        "share_of_corpus_seen": context.share,
        "decoding": asdict(decoding),
        "ignored": ignored,
    }


def create_app(bench: Bench, run: str = "", hosts: tuple[str, ...] | None = None) -> FastAPI:
    """The API over a bench. ``hosts`` are the only Host headers answered; None means any."""
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse, StreamingResponse
    from starlette.exceptions import HTTPException
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    desk = Desk(bench, run)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.load()
        yield

    class Stream(StreamingResponse):
        """Ends the answer when its reader has gone, so that the next question gets its turn."""

        def __init__(self, events: Iterator[str], steps: Generator[Any]) -> None:
            super().__init__(events, media_type="text/event-stream")
            self.steps = steps

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            try:
                await super().__call__(scope, receive, send)
            finally:
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
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        reason = RefusalError(
            400, f"{place or 'body'}: {first['msg']}", "invalid_request_error", place or None
        )
        return JSONResponse(reason.body, 400)

    @app.exception_handler(HTTPException)
    def unknown(_: Request, error: HTTPException) -> JSONResponse:
        made = RefusalError(error.status_code, str(error.detail), "invalid_request_error")
        return JSONResponse(made.body, error.status_code)

    @app.get("/health")
    def health() -> dict[str, Any]:
        facts = {"status": desk.status, "run": run, "variants": bench.names()}
        return facts | ({"trouble": desk.trouble} if desk.trouble else {})

    def model(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": desk.created, "owned_by": "workbench"}

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [model(name) for name in bench.names()]}

    @app.get("/v1/models/{name}")
    def one_model(name: str) -> dict[str, Any]:
        if name not in bench.names():
            raise RefusalError(
                404, f"There is no variant {name!r} in this run.", "invalid_request_error", "model",
                "model_not_found",
            )  # fmt: skip
        return model(name)

    @app.post("/v1/chat/completions", response_model=None)
    def chat(request: ChatRequest) -> Any:
        question, ignored = desk.check(request)
        steps = desk.answer(request.model, question)
        extension = seen(next(steps)["context"], bench.decoding, ignored)
        head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": request.model,
        }
        if request.stream:
            return Stream(_events(head, steps, extension), steps)
        return _whole(head, steps, extension)

    return app


def _whole(
    head: dict[str, Any], steps: Iterator[dict[str, Any]], extension: dict[str, Any]
) -> dict[str, Any]:
    """The reply to a request that does not stream."""
    pieces, end = [], {}
    for step in steps:
        if "piece" in step:
            pieces.append(step["piece"])
        else:
            end = step
    finish = end.pop("finish")
    message = {"role": "assistant", "content": "".join(pieces)}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    return {**head, "object": "chat.completion", "choices": [choice], "workbench": extension | end}


def _events(
    head: dict[str, Any], steps: Iterator[dict[str, Any]], extension: dict[str, Any]
) -> Iterator[str]:
    """Server-sent events; an error after the first piece is an event with ``error``."""

    def event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        record = {**head, "object": "chat.completion.chunk", "choices": [choice], **more}
        return f"data: {json.dumps(record, ensure_ascii=False)}\n\n"

    yield event({"role": "assistant", "content": ""}, workbench=extension)
    try:
        for step in steps:
            if "piece" in step:
                yield event({"content": step["piece"]})
            else:
                yield event({}, step.pop("finish"), workbench=step)
    except RefusalError as error:
        yield f"data: {json.dumps(error.body)}\n\n"
    yield "data: [DONE]\n\n"


def serve(run: Path, host: str = "127.0.0.1", port: int = 8321) -> None:
    """Answer as any variant of ``run`` until interrupted; port 0 takes a free one."""
    import uvicorn

    from workbench.bench import open_run

    bench = open_run(run)
    hosts = (*LOCAL[:2], "[::1]") if host in LOCAL else None
    settings = uvicorn.Config(
        create_app(bench, run.name, hosts), host=host, port=port, log_level="warning"
    )
    server = uvicorn.Server(settings)
    sock = settings.bind_socket()
    log.info("%s answers at http://%s:%d/v1", run.name, host, sock.getsockname()[1])
    server.run(sockets=[sock])


def main(arguments: list[str] | None = None) -> None:
    """``python -m workbench.serve RUN``: how the dashboard starts it."""
    parser = argparse.ArgumentParser(prog="workbench serve")
    parser.add_argument("run", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8321)
    chosen = parser.parse_args(arguments)
    try:
        serve(chosen.run, chosen.host, chosen.port)
    except WorkbenchError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
