"""Question-answering systems of other makes behind real HTTP servers, in their own shapes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Reply = tuple[int, str]


class SystemServer(ThreadingHTTPServer):
    """Replies with what ``say`` makes of a request's path and body; as a context manager it runs.

    ``asked`` holds (method, path, headers, body) of every request, ``script`` replies (status,
    body) to give first.
    """

    daemon_threads = True

    def __init__(self, say: Callable[[str, Mapping[str, Any]], Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.say = say
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.script: list[Reply] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A client that hung up is part of the tests."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: SystemServer

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(content) if content else {}
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.command, self.path, headers, body))
        if self.server.script:
            self._send(*self.server.script.pop(0))
        else:
            self._send(200, json.dumps(self.server.say(self.path, body)))

    do_GET = do_POST  # noqa: N815 - the standard library's name

    def _send(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


# --- the shapes of replies, as the presets know them ------------------------------------------


def dify(answer: str, passages: Sequence[str]) -> dict[str, Any]:
    """A blocking chat message."""
    resources = [{"position": n, "content": text} for n, text in enumerate(passages, 1)]
    usage = {"prompt_tokens": 33, "completion_tokens": 4, "total_price": "0.00125",
             "currency": "USD"}  # fmt: skip
    return {"event": "message", "answer": answer,
            "metadata": {"usage": usage, "retriever_resources": resources}}  # fmt: skip


def ragflow(answer: str, passages: Sequence[str]) -> dict[str, Any]:
    """An OpenAI-compatible completion with its reference."""
    chunks = {str(n): {"id": f"c{n}", "content": text} for n, text in enumerate(passages)}
    message = {"role": "assistant", "content": answer, "reference": {"chunks": chunks}}
    return _completion(message)


def openwebui(answer: str, passages: Sequence[str]) -> dict[str, Any]:
    """A completion with its sources beside it."""
    message = {"role": "assistant", "content": answer}
    source = {"source": {"name": "notes"}, "document": list(passages), "metadata": [{}]}
    return {**_completion(message), "sources": [source]}


def workbench(answer: str, passages: Sequence[str]) -> dict[str, Any]:
    """What `workbench serve` replies."""
    seen = [{"id": f"d:{n}-9", "rank": n, "text": text} for n, text in enumerate(passages)]
    message = {"role": "assistant", "content": answer}
    return {"choices": [{"index": 0, "message": message}], "workbench": {"passages": seen}}


def _completion(message: Mapping[str, Any]) -> dict[str, Any]:
    usage = {"prompt_tokens": 33, "completion_tokens": 4, "total_tokens": 37}
    return {"choices": [{"index": 0, "message": dict(message)}], "usage": usage}
