"""A real HTTP server in this process, for as long as a block runs, and what it may serve."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

from tests.support.waiting import until
from workbench.serve.conversations import Turn
from workbench.serve.requests import Asked
from workbench.types import Context, Decoding


class Answers:
    """What a served run must know beside its answers: nothing of turns, and no search."""

    decoding = Decoding(max_new_tokens=8)

    def names(self) -> list[str]:
        return ["rag"]

    def searching(self) -> list[str]:
        return []

    def turn(self, variant: str, asked: Asked) -> Turn:
        return Turn("single-turn", asked.question, len(asked.earlier))

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        return Context(), iter([question])

    def search(self, variant: str, query: str, top_k: int | None) -> Context:
        raise AssertionError("nothing is searched")

    def tokens(self, variant: str, question: str, context: Context, reply: str) -> tuple[int, int]:
        return len(question.split()), len(reply.split())


@contextlib.contextmanager
def running(app: Any, **settings: Any) -> Iterator[str]:
    """The address at which ``app`` answers; ``settings`` are uvicorn's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", **settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started, "the server")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
