"""A collector of traces: OTLP over HTTP in protobuf, as a real server of this process."""

from __future__ import annotations

import gzip
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.servers.local import LocalServer


class Collector(LocalServer):
    """Keeps every span as a dict, and every body whole."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.spans: list[dict[str, Any]] = []
        self.services: set[str] = set()

    def names(self) -> list[str]:
        return sorted(span["name"] for span in self.spans)

    def span(self, name: str) -> dict[str, Any]:
        (found,) = (span for span in self.spans if span["name"] == name)
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        assert self.path == "/v1/traces"
        self.server.bodies.append(raw)
        for resource in ExportTraceServiceRequest.FromString(raw).resource_spans:
            told = _values(resource.resource.attributes)
            self.server.services.add(told["service.name"])
            for scope in resource.scope_spans:
                self.server.spans += [
                    {
                        "name": span.name, "trace": span.trace_id.hex(), "id": span.span_id.hex(),
                        "parent": span.parent_span_id.hex(), "failed": span.status.code == 2,
                        "events": len(span.events), **_values(span.attributes),
                    }
                    for span in scope.spans
                ]  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _values(attributes: Any) -> dict[str, Any]:
    return {item.key: _value(item.value) for item in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind)
