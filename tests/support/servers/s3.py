"""A real S3 server: moto's. It wants older packages than the workbench has, so it lies in an
environment of its own that ``make test-full`` makes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.nodes import free_port
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(os.environ.get("WORKBENCH_S3_PYTHON", ROOT / ".venv-s3" / "bin" / "python"))
BUCKET = "artifacts"


def is_there() -> bool:
    """Whether the server's environment was made."""
    return PYTHON.with_name("moto_server").exists()


@contextmanager
def s3_server(log: Path) -> Iterator[dict[str, str]]:
    """While the block runs there is :data:`BUCKET`, for who has these variables."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("w") as heard:
        running = subprocess.Popen(
            [str(PYTHON), "-m", "moto.server", "-p", str(port)], stdout=heard, stderr=heard
        )
        try:
            until(lambda: _answers(url), "the S3 server", running)
            httpx.put(f"{url}/{BUCKET}").raise_for_status()
            yield {
                "AWS_ENDPOINT_URL": url,
                "AWS_ACCESS_KEY_ID": "someone",
                "AWS_SECRET_ACCESS_KEY": "secret",
            }
        finally:
            running.terminate()
            running.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
