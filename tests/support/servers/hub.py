"""A model hub on this machine: serves model folders by name as the Hugging Face Hub does."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """``folders`` by owner/name; ``faults`` are names that answer with (status, error code)."""

    def __init__(
        self, folders: Mapping[str, Path], faults: Mapping[str, tuple[int, str]] | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folders, self.faults = dict(folders), dict(faults or {})
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> Hub:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None: ...

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = urlsplit(self.path).path.strip("/")
        self.server.asked.append(f"{self.command} {path}")
        parts = path.removeprefix("api/models/").split("/")
        name, rest = "/".join(parts[:2]), parts[2:]
        if name in self.server.faults:
            status, code = self.server.faults[name]
            return self._send(status, b"{}", {"X-Error-Code": code})
        folder = self.server.folders.get(name)
        if folder is None:
            return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        if not path.startswith("api/"):
            return self._file(folder / "/".join(rest[2:]))
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        if rest[:1] == ["tree"]:
            entries = [
                {
                    "type": "file",
                    "path": p.relative_to(folder).as_posix(),
                    "size": p.stat().st_size,
                    "oid": _etag(p),
                }
                for p in files
            ]
            wanted = "/".join(rest[2:])
            matches = [e for e in entries if str(e["path"]).startswith(wanted)]
            if wanted and not matches:
                return self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
            return self._json(matches)
        siblings = [{"rfilename": p.relative_to(folder).as_posix()} for p in files]
        return self._json({"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings,
                           "private": False, "gated": False, "tags": []})  # fmt: skip

    def _file(self, path: Path) -> None:
        if not path.is_file():
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        return self._send(
            200, path.read_bytes(), {"ETag": f'"{_etag(path)}"', "X-Repo-Commit": COMMIT}
        )

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def _etag(path: Path) -> str:
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
