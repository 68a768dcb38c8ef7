"""Trackers' servers as real HTTP servers of this process: they keep what they are sent."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.support.servers.local import LocalServer


class Tracker(LocalServer):
    """Keeps each request as (method, path, body); ``refusing`` is a status given to all."""

    def __init__(self, handler: type[TrackerHandler], refusing: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.got: list[tuple[str, str, Any]] = []
        self.auth: set[str | None] = set()
        self.refusing = refusing

    def bodies(self, path: str) -> list[Any]:
        return [body for _, at, body in self.got if at.endswith(path)]


class TrackerHandler(BaseHTTPRequestHandler):
    server: Tracker

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_one(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw
        self.server.got.append((self.command, path, body))
        self.server.auth.add(self.headers["Authorization"])
        if self.server.refusing:
            self.send(self.server.refusing, {"error_code": "X", "message": "no such key"})
        else:
            self.send(*self.reply(path, body))

    do_GET = do_POST = do_PUT = handle_one  # noqa: N815 - as http.server wants them

    def reply(self, path: str, body: Any) -> tuple[int, Any]:
        raise NotImplementedError

    def send(self, status: int, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class LangfuseHandler(TrackerHandler):
    """``/api/public/ingestion``: 207, with each event's own state."""

    def reply(self, path: str, body: Any) -> tuple[int, Any]:
        if path != "/api/public/ingestion":
            return 404, {}
        taken = [{"id": event["id"], "status": 201} for event in body["batch"]]
        return 207, {"successes": taken, "errors": []}


class MlflowHandler(TrackerHandler):
    """The parts of MLflow's REST interface that a run is written by."""

    def reply(self, path: str, body: Any) -> tuple[int, Any]:
        name = path.partition("/mlflow/")[2]
        info = {
            "run_id": "r1", "run_uuid": "r1", "experiment_id": "7", "status": "RUNNING",
            "artifact_uri": "mlflow-artifacts:/7/r1/artifacts", "lifecycle_stage": "active",
        }  # fmt: skip
        run = {"run": {"info": info, "data": {}}}
        if name == "experiments/get-by-name":
            return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none of that name"}
        known = {
            "experiments/create": {"experiment_id": "7"},
            "runs/create": run, "runs/get": run, "runs/log-batch": {},
            "runs/update": {"run_info": {**info, "status": "FINISHED"}},
        }  # fmt: skip
        if name in known:
            return 200, known[name]
        return (200, {}) if "/mlflow-artifacts/artifacts/" in path else (404, {})
