"""The part of Elasticsearch's and OpenSearch's protocol that llama-index's adapters speak.

A real HTTP server with vectors in memory. It refuses what either would refuse: a user it does not
know, vectors of another length, an index that is not there, a question that is none of the other's.
"""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from tests.support.servers.local import LocalServer

FIELD = "embedding"
#: The type that each gives a field of vectors, and what it calls their length.
FIELDS = {"elasticsearch": ("dense_vector", "dims"), "opensearch": ("knn_vector", "dimension")}


class ElasticServer(LocalServer):
    """Speaks as ``kind`` to those who bring ``password``; as a context manager it runs.

    ``searches`` holds every search's body, ``created`` every index's.
    """

    user, password = "reader", "open-7-sesame"

    def __init__(self, kind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind = kind
        self.indices: dict[str, dict[str, Any]] = {}
        self.created: dict[str, dict[str, Any]] = {}
        self.searches: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def dimension(self, index: str) -> int:
        return int(self.created[index]["mappings"]["properties"][FIELD][FIELDS[self.kind][1]])


class Handler(BaseHTTPRequestHandler):
    server: ElasticServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size).decode()
        pair = f"{self.server.user}:{self.server.password}".encode()
        known = {f"Basic {base64.b64encode(pair).decode()}", f"ApiKey {self.server.password}"}
        with self.server.lock:
            if self.headers.get("Authorization") not in known:
                status, body = (
                    401,
                    refused("security_exception", "unable to authenticate user", 401),
                )
            else:
                status, body = self._said(urlsplit(self.path).path.strip("/").split("/"), raw)
        data = b"" if self.command == "HEAD" else json.dumps(body).encode()
        self.send_response(status)
        if self.server.kind == "elasticsearch":
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=8")
        else:
            self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = _answer  # noqa: N815

    def _said(self, parts: list[str], raw: str) -> tuple[int, dict[str, Any]]:
        server, (index, *rest) = self.server, parts
        if index == "":
            return 200, {"version": {"number": "8.19.0", "distribution": server.kind}}
        if "_bulk" in parts:
            return 200, self._bulk(raw)
        body = json.loads(raw) if raw else {}
        if self.command == "PUT":
            if body["mappings"]["properties"][FIELD]["type"] != FIELDS[server.kind][0]:
                return 400, refused("mapper_parsing_exception", "no such type of field", 400)
            server.created[index], server.indices[index] = body, {}
            return 200, {"acknowledged": True, "index": index}
        if index not in server.indices:
            return 404, refused("index_not_found_exception", f"no such index [{index}]", 404)
        held = server.indices[index]
        match rest:
            case [] | ["_mapping"]:
                return 200, {index: {"mappings": server.created[index]["mappings"]}}
            case ["_count"]:
                return 200, {"count": len(held)}
            case ["_refresh"]:
                return 200, {}
            case ["_mget"]:
                return 200, {"docs": [{"_id": one, "found": one in held} for one in body["ids"]]}
            case ["_search"]:
                server.searches.append(body)
                return self._found(held, body, server.dimension(index))
        return 400, refused("illegal_argument_exception", f"no handler for {self.path}", 400)

    def _bulk(self, raw: str) -> dict[str, Any]:
        lines = [json.loads(line) for line in raw.splitlines() if line]
        items = []
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            at = action["index"]
            wanted, own = self.server.dimension(at["_index"]), len(document[FIELD])
            if own != wanted:
                error = {"type": "document_parsing_exception", "reason": f"{own}, not {wanted}"}
                items.append({"index": {"_id": at["_id"], "status": 400, "error": error}})
                continue
            self.server.indices[at["_index"]][at["_id"]] = document
            items.append({"index": {"_id": at["_id"], "status": 201}})
        return {"errors": any("error" in one["index"] for one in items), "items": items}

    def _found(
        self, held: dict[str, Any], body: dict[str, Any], dimension: int
    ) -> tuple[int, dict[str, Any]]:
        try:
            asked = vector_of(body, self.server.kind)
        except KeyError as error:
            return 400, refused("parsing_exception", f"unknown query [{error}]", 400)
        if isinstance(asked, list) and asked and isinstance(asked[0], str):
            hits = [hit(one, held[one], 1.0) for one in asked if one in held]
        elif len(asked) != dimension:
            return 400, refused("query_shard_exception", "the query has another dimension", 400)
        else:
            scores = np.array([one[FIELD] for one in held.values()]) @ np.array(asked)
            names = list(held)
            best = np.argsort(-scores, kind="stable")[: body["size"]]
            hits = [hit(names[at], held[names[at]], 1 + float(scores[at])) for at in best]
        return 200, {"took": 1, "timed_out": False, "hits": {"hits": hits}}


def vector_of(body: dict[str, Any], kind: str) -> list[Any]:
    """What a search asks for: a vector, or ids. KeyError for another kind's question."""
    query = body.get("query", {})
    if "bool" in query:
        return list(query["bool"]["must"][0]["terms"]["_id"])
    if kind == "opensearch":
        return list(query["knn"][FIELD]["vector"])
    if "knn" in body:
        return list(body["knn"]["query_vector"])
    script = query["script_score"]["script"]
    if script["source"] != f"cosineSimilarity(params.asked, '{FIELD}') + 1.0":
        raise KeyError(script["source"])
    return list(script["params"]["asked"])


def hit(name: str, document: dict[str, Any], score: float) -> dict[str, Any]:
    source = {key: value for key, value in document.items() if key != FIELD}
    return {"_id": name, "_score": score, "_source": source}


def refused(kind: str, reason: str, status: int) -> dict[str, Any]:
    error = {"type": kind, "reason": reason}
    return {"error": {**error, "root_cause": [error]}, "status": status}
