"""Pages of the web that give their own name this machine's address are not answered."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.support.browser import dashboard


def upgrade(port: int, host: str) -> int:
    """The status of a WebSocket handshake that names ``host``."""
    head = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=120) as line:
        line.sendall(head.encode())
        return int(line.recv(4096).split()[1])


def test_a_stranger_s_name_gets_no_socket(tmp_path: Path) -> None:
    with dashboard(tmp_path, tmp_path) as address:
        port = int(address.rsplit(":", 1)[1])
        assert upgrade(port, f"localhost:{port}") == 101
        assert upgrade(port, f"127.0.0.1:{port}") == 101
        assert upgrade(port, f"page.example:{port}") == 403
