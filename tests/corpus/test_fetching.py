"""A fetched corpus is the one its checksum names, or there is an error and no file."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from workbench.corpus import fetch, fetching
from workbench.errors import WorkbenchError

CONTENT = b"It was a dark and stormy night.\n" * 100
SHA = hashlib.sha256(CONTENT).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if "slow" in self.path:
            threading.Event().wait(1.5)
        if "missing" in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        length = len(CONTENT) * (2 if "torn" in self.path else 1)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server():
    http = HTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    _Handler.asked = 0
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def test_a_file_is_fetched_once(server, tmp_path):
    path = fetch(f"{server}/night%20book.txt?x=1", SHA.upper(), tmp_path / "texts")
    assert path == tmp_path / "texts" / "night book.txt"
    assert path.read_bytes() == CONTENT
    assert fetch(f"{server}/night%20book.txt?x=1", SHA, tmp_path / "texts") == path
    assert _Handler.asked == 1


@pytest.mark.parametrize(
    ("path", "sha", "says"),
    [
        ("/a.txt", "0" * 64, "is not the expected one"),
        ("/missing.txt", SHA, "answered 404"),
        ("/torn.txt", SHA, "out of reach"),
        ("/slow.txt", SHA, "did not answer within"),
    ],
)
def test_what_goes_wrong_is_said_and_leaves_nothing(server, tmp_path, monkeypatch, path, sha, says):
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.5)
    with pytest.raises(WorkbenchError) as caught:
        fetch(server + path, sha, tmp_path)
    assert says in caught.value.message and caught.value.hint
    assert list(Path(tmp_path).iterdir()) == []


def test_an_address_out_of_reach_is_said(tmp_path):
    with pytest.raises(WorkbenchError, match="out of reach"):
        fetch("http://127.0.0.1:9/x.txt", SHA, tmp_path)
    with pytest.raises(WorkbenchError, match="no web address"):
        fetch("file:///etc/passwd", SHA, tmp_path)
