"""A real server: llama.cpp's, over the OpenAI protocol, on a GGUF file; and its converters.

It compiles for ten minutes, so it lies in an environment of its own that ``make test-full`` makes,
with the converters of its source archive beside it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(os.environ.get("WORKBENCH_LLAMA_PYTHON", ROOT / ".venv-llama" / "bin" / "python"))


CONVERTERS = PYTHON.parents[1] / "llama.cpp"


def has_converters() -> bool:
    """Whether models can be written as GGUF files, and quantised."""
    return is_there() and (CONVERTERS / "convert_lora_to_gguf.py").is_file()


def tools() -> dict[str, str]:
    """The environment in which an export finds them."""
    return {"LLAMA_CPP_DIR": str(CONVERTERS), "LLAMA_CPP_PYTHON": str(PYTHON)}


def is_there() -> bool:
    """Whether the server's environment was made."""
    return PYTHON.exists()


@contextmanager
def llama_server(
    model: Path, log: Path, window: int = 4096, lora: Path | None = None
) -> Iterator[str]:
    """The server's base URL (…/v1) while the block runs; the model is known as ``local``.

    ``lora`` is an adapter's GGUF file, to be laid over the model.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(PYTHON), "-m", "llama_cpp.server", "--model", str(model), "--port", str(port),
               "--model_alias", "local", "--n_ctx", str(window)]  # fmt: skip
    command += ["--lora_path", str(lora)] if lora is not None else []
    with log.open("w") as heard:
        running = subprocess.Popen(command, stdout=heard, stderr=heard)
        try:
            url = f"http://127.0.0.1:{port}/v1"
            until = time.monotonic() + 600
            while not _answers(url):
                assert running.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < until, "the server did not come up in ten minutes"
                time.sleep(0.5)
            yield url
        finally:
            running.terminate()
            running.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/models", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
