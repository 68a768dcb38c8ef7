"""A provider that tunes: OpenAI's files and fine-tuning jobs behind a real HTTP server."""

from __future__ import annotations

import json
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.servers.chat import ChatServer, Handler, Reply

JOBS, FILES = "/v1/fine_tuning/jobs", "/v1/files"
KEY = "sk-secret-of-the-tests"


def form_of(handler: BaseHTTPRequestHandler) -> tuple[dict[str, str], str, bytes]:
    """Fields, file name and file of a multipart request."""
    data = handler.rfile.read(int(handler.headers["Content-Length"]))
    head = f"Content-Type: {handler.headers['Content-Type']}\r\n\r\n".encode()
    fields, name, content = {}, "", b""
    for part in message_from_bytes(head + data).get_payload():
        assert not isinstance(part, str)
        value = part.get_payload(decode=True)
        assert isinstance(value, bytes)
        if part.get_filename():
            name, content = str(part.get_filename()), value
        else:
            key = part.get_param("name", header="content-disposition")
            fields[str(key)] = value.decode()
    return fields, name, content


class TuningServer(ChatServer):
    """Answers as any model, and tunes; each look at a job takes it one of ``states`` further.

    ``faults`` are replies to give first to a request such as ``POST /v1/files``; with
    ``starts_anyway`` a job is started although its request is answered by a fault.
    """

    def __init__(self) -> None:
        super().__init__(usage=(71, 3))
        self.RequestHandlerClass = TuningHandler
        self.states = ["validating_files", "queued", "running", "succeeded"]
        self.error: dict[str, Any] | None = None
        self.trained_tokens: int | None = 4321
        self.faults: dict[str, list[Reply]] = {}
        self.starts_anyway = False
        self.files: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.looks = 0

    def fault(self, request: str) -> Reply | None:
        """The fault that is to be given to a request, once."""
        planned = self.faults.get(request) or []
        return planned.pop(0) if planned else None

    def start_job(self, body: dict[str, Any]) -> dict[str, Any]:
        job = {
            "id": f"ftjob-{len(self.jobs) + 1}", "object": "fine_tuning.job", **body,
            "status": self.states[0], "place": 0, "fine_tuned_model": None,
            "trained_tokens": None, "error": None,
        }  # fmt: skip
        self.jobs[job["id"]] = job
        return job

    def look(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job as it is now; it goes on after each look."""
        self.looks += 1
        if job["status"] != "cancelled":
            job["status"] = self.states[min(job["place"], len(self.states) - 1)]
            job["place"] += 1
        if job["status"] == "succeeded":
            job |= {
                "fine_tuned_model": f"ft:{job['model']}:org::{job['id'][6:]}",
                "trained_tokens": self.trained_tokens,
            }
        if job["status"] == "failed":
            job["error"] = self.error
        return job


class TuningHandler(Handler):
    server: TuningServer

    def _json(self, value: dict[str, Any], status: int = 200) -> None:
        self.send(status, {}, json.dumps(value))

    def _refused(self) -> bool:
        if self.headers["Authorization"] not in (f"Bearer {KEY}", "Bearer none"):
            told = {"error": {"message": f"Incorrect key: {self.headers['Authorization']}"}}
            self._json(told, 401)
            return True
        planned = self.server.fault(f"{self.command} {self.path}")
        if planned is not None:
            self.send(*planned)
        return planned is not None

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        server, path = self.server, self.path
        if not path.startswith(JOBS):
            super().do_GET()
            return
        with server.lock:
            server.paths.append(f"GET {path}")
            if self._refused():
                return
            if path == JOBS:
                self._json({"object": "list", "data": list(server.jobs.values())})
                return
            name, _, rest = path.removeprefix(f"{JOBS}/").partition("/")
            job = server.jobs[name]
            if not rest:
                self._json(server.look(job))
                return
            told = [
                {"message": f"Step {n}/4: training loss={3 - n / 2:.2f}", "data": None}
                for n in range(1, 5 if job["status"] == "succeeded" else 3)
            ]
            self._json({"data": told[::-1]})

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        server, path = self.server, self.path
        if path != FILES and not path.startswith(JOBS):
            super().do_POST()
            return
        with server.lock:
            server.paths.append(f"POST {path}")
            if path == FILES:
                fields, name, content = form_of(self)
                if self._refused():
                    return
                number = f"file-{len(server.files) + 1}"
                server.files[number] = {"name": name, "content": content, **fields}
                self._json({"id": number, "object": "file", "status": "processed"})
                return
            data = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if path.endswith("/cancel"):
                job = server.jobs[path.split("/")[-2]]
                job["status"] = "cancelled"
                self._json(job)
                return
            if server.starts_anyway:
                server.start_job(json.loads(data))
            if self._refused():
                server.starts_anyway = False
                return
            self._json(server.start_job(json.loads(data)))


class ScriptedServer(ThreadingHTTPServer):
    """Gives planned replies to requests such as ``POST /v1/files``, the last one again and again.

    ``seen`` holds each request with what was sent: fields and file of a form, or JSON.
    """

    daemon_threads = True

    def __init__(self, replies: dict[str, list[dict[str, Any]]]) -> None:
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.replies, self.seen = replies, []
        self.keys: set[str] = set()

    seen: list[tuple[str, dict[str, Any]]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class ScriptedHandler(BaseHTTPRequestHandler):
    server: ScriptedServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        if str(self.headers["Content-Type"]).startswith("multipart"):
            fields, name, content = form_of(self)
            self._answer({**fields, "name": name, "lines": content.count(b"\n")})
            return
        data = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self._answer(json.loads(data) if data else {})

    def _answer(self, sent: dict[str, Any]) -> None:
        request = f"{self.command} {self.path}"
        self.server.seen.append((request, sent))
        self.server.keys.add(self.headers["Authorization"] or self.headers["api-key"])
        planned = self.server.replies.get(request, [{}])
        reply = planned.pop(0) if len(planned) > 1 else planned[0]
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
