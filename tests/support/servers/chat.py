"""A chat model behind a real HTTP server that speaks the OpenAI protocol, faults included."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Reply = tuple[int, dict[str, str], str]


def echo(body: dict[str, Any]) -> str:
    """``echo`` and the last word that was asked."""
    return f"echo {body['messages'][-1]['content'].split()[-1]}"


class ChatServer(ThreadingHTTPServer):
    """Says what ``say`` makes of a request; as a context manager it runs.

    ``asked`` holds every request for a completion, ``paths`` all that was requested. ``script``
    holds replies to give first, ``always`` one to give instead, ``refuse`` says what is given to a
    request that the server does not take. A stream stops after its first
    piece until ``next_piece`` is set.
    """

    daemon_threads = True

    def __init__(
        self, say: Callable[[dict[str, Any]], str] = echo, usage: tuple[int, int] = (71, 3)
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.say, self.usage = say, usage
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        self.script: list[Reply] = []
        self.always: Reply | None = None
        self.refuse: Callable[[dict[str, Any]], Reply | None] | None = None
        self.delay = 0.0
        self.next_piece = threading.Event()
        self.next_piece.set()
        self.lock = threading.Lock()
        self.under_way = self.most_under_way = 0

    def handle_error(self, *_: object) -> None:
        """A client that hung up, or was killed, is part of the tests."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def prompts(self) -> list[str]:
        """What was asked, one text per request."""
        return [json.dumps(body["messages"]) for body in self.asked]

    def planned(self, number: int) -> Reply | None:
        """A reply other than what is said to request ``number``, counted from 1."""
        return self.always or (self.script.pop(0) if self.script else None)

    def start(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        time.sleep(self.server.delay)
        refused = self.headers["Authorization"] == "Bearer wrong"
        self.send(401 if refused else 200, {}, '{"object":"list","data":[]}')

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.paths.append(self.path)
            server.asked.append({**body, "auth": self.headers["Authorization"]})
            server.times.append(time.monotonic())
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
            planned = server.planned(len(server.asked))
            if planned is None and server.refuse is not None:
                planned = server.refuse(body)
        time.sleep(server.delay)
        with server.lock:
            server.under_way -= 1
        if planned is not None:
            self.send(*planned)
        elif self.path.endswith("/v1/completions"):
            self.send(404, {}, '{"error": {"message": "This server chats."}}')
        elif body.get("stream"):
            self._stream(server.say(body))
        else:
            self.send(200, {}, completion(server.say(body), usage=server.usage))

    def send(self, status: int, headers: dict[str, str], text: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        data = text.encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, text: str) -> None:
        """Word by word."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for place, word in enumerate(text.split(" ")):
            chunk: dict[str, Any] = {
                "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"
            }  # fmt: skip
            piece = word if place == 0 else f" {word}"
            chunk["choices"] = [{"index": 0, "delta": {"content": piece}}]
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
            self.server.next_piece.wait(300)
        self.wfile.write(b"data: [DONE]\n\n")


def completion(
    text: str | None, finish: str = "stop", usage: tuple[int, int] | None = (71, 3)
) -> str:
    """The body of a reply."""
    out: dict[str, Any] = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    message = {"role": "assistant", "content": text}
    out["choices"] = [{"index": 0, "message": message, "finish_reason": finish}]
    if usage is not None:
        given, back = usage
        out["usage"] = {
            "prompt_tokens": given, "completion_tokens": back, "total_tokens": given + back
        }  # fmt: skip
    return json.dumps(out)
