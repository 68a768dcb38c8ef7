"""An embedding model behind a real HTTP server that speaks OpenAI's ``/embeddings``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.servers.local import LocalServer


class EmbeddingServer(LocalServer):
    """Gives the vectors that ``vectors`` makes of texts; as a context manager it runs.

    ``asked`` holds every request, ``always`` a reply (status, body) to give instead. The rows of a
    reply come in another order than the texts, as the protocol allows.
    """

    def __init__(self, vectors: Callable[[list[str]], Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.vectors = vectors
        self.asked: list[dict[str, Any]] = []
        self.always: tuple[int, str] | None = None
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"{self.address}/v1"

    @property
    def texts(self) -> list[str]:
        """All that was embedded."""
        return [text for body in self.asked for text in body["input"]]


class Handler(BaseHTTPRequestHandler):
    server: EmbeddingServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.asked.append({**body, "path": self.path, "auth": self.headers["Authorization"]})
            if server.always is not None:
                status, text = server.always
            else:
                rows = [list(map(float, row)) for row in server.vectors(body["input"])]
                data = [
                    {"object": "embedding", "index": at, "embedding": row[: body.get("dimensions")]}
                    for at, row in enumerate(rows)
                ]
                status, text = 200, json.dumps({"object": "list", "data": data[::-1]})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())
