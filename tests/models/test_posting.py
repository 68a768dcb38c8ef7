"""The connections of an endpoint's client: proxies, redirects, and what a lost one says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest

from workbench.models.posting import Connections

BODY = {"question": "Wer führte das Buch? 谁?"}


class _Server(ThreadingHTTPServer):
    asked: list[tuple[str, dict[str, str], bytes]]
    moved: str | None = None


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(
            (self.path, {k.lower(): v for k, v in self.headers.items()}, content)
        )
        self.send_response(307 if self.server.moved else 200)
        if self.server.moved:
            self.send_header("Location", self.server.moved)
        reply = b'{"said": "\xc3\xa4"}'
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def address(server: _Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def connections(url: str) -> Connections:
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="sk-one", max_retries=0)
    return Connections.of(client, timeout_s=5.0, most=4)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_text_of_any_language_goes_there_with_the_key_and_comes_back() -> None:
    with served() as server:
        reply = connections(address(server)).post("/chat", BODY)
    ((path, headers, content),) = server.asked
    assert path == "/v1/chat" and json.loads(content) == BODY
    assert headers["authorization"] == "Bearer sk-one"
    assert json.loads(reply.data) == {"said": "ä"}


def test_the_environment_s_proxy_is_used_save_for_servers_that_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with served() as proxy:
        monkeypatch.setenv("http_proxy", address(proxy).replace("//", "//ada:p%40ss@"))
        assert connections("http://nowhere.invalid").post("/chat", BODY).status == 200
        monkeypatch.setenv("no_proxy", "nowhere.invalid")
        with pytest.raises(openai.APIConnectionError):
            connections("http://nowhere.invalid").post("/chat", BODY)
    ((path, headers, _),) = proxy.asked
    assert path == "http://nowhere.invalid/v1/chat"
    assert headers["proxy-authorization"] == "Basic YWRhOnBAc3M="


def test_the_key_does_not_follow_a_redirect_to_another_server() -> None:
    with served() as first, served() as second:
        first.moved = f"http://localhost:{second.server_address[1]}/v1/chat"
        assert connections(address(first)).post("/chat", BODY).status == 200
    ((_, headers, content),) = second.asked
    assert json.loads(content) == BODY and "authorization" not in headers


def test_a_server_that_is_not_there_is_told_in_the_system_s_words() -> None:
    with served() as server:
        url = address(server)
    with pytest.raises(openai.APIConnectionError) as caught:
        connections(url).post("/chat", BODY)
    assert "Connection refused" in str(caught.value.__cause__)
    assert "object at 0x" not in str(caught.value.__cause__)
