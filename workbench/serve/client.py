"""The client of ``serve``: the process that answers for a run, and its replies as a stream."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.engine import processes
from workbench.engine.processes import Job

TIMEOUT_S = 180.0
HEALTH_TIMEOUT_S = 2.0


def address(port: int) -> str:
    """Where a server on this machine answers."""
    return f"http://127.0.0.1:{port}"


def health(port: int) -> dict[str, Any] | None:
    """What ``/health`` says, or None where nothing answers."""
    import httpx

    try:
        # Never through a proxy of the environment: the address is this machine's.
        reply = httpx.get(f"{address(port)}/health", timeout=HEALTH_TIMEOUT_S, trust_env=False)
        return dict(reply.json())
    # Another program may be answering on that port.
    except (httpx.HTTPError, ValueError, TypeError):
        return None


def server(run: Path) -> Job | None:
    """The server that was started for this run and still lives."""
    for job in processes.jobs(since_s=30 * 86_400):
        if job.what == f"serve {run.resolve()}" and job.port and job.alive:
            return job
    return None


def start_server(run: Path) -> Job:
    """Serve a run on a free local port; it loads its models in the background."""
    # The port goes into the job's record, so it must be known before the server is up.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return processes.start(
        ["-m", "workbench.serve", str(run), "--port", str(port)], f"serve {run.resolve()}", port
    )


@dataclass
class Reply:
    """One variant's reply as far as it has come."""

    variant: str
    text: str = ""
    passages: list[dict[str, Any]] = field(default_factory=list)
    retrieval_s: float | None = None
    first_token_s: float | None = None
    total_s: float | None = None
    finish: str | None = None
    error: str = ""


def ask(port: int, variant: str, question: str) -> Iterator[Reply]:
    """The growing reply, yielded at every change; a failure is a reply with ``error``."""
    import httpx

    reply = Reply(variant)
    body = {
        "model": variant,
        "messages": [{"role": "user", "content": question}],
        "stream": True,
    }
    url = f"{address(port)}/v1/chat/completions"
    try:
        with httpx.stream("POST", url, json=body, timeout=TIMEOUT_S, trust_env=False) as stream:
            if stream.status_code != 200:
                # A streamed reply has no text until it is read.
                stream.read()
                reply.error = _message(stream.text)
                yield reply
                return
            for line in stream.iter_lines():
                if not line.startswith("data: ") or line == "data: [DONE]":
                    continue
                _take(reply, json.loads(line[6:]))
                yield reply
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        reply.error = f"The server can't be reached or broke off ({type(error).__name__})."
        yield reply


def _take(reply: Reply, record: dict[str, Any]) -> None:
    """One event of the stream into the reply."""
    if "error" in record:
        reply.error = str(record["error"].get("message"))
        return
    # The extension comes in two parts: passages first, times with the last event.
    for name, value in (record.get("workbench") or {}).items():
        if name in ("passages", "retrieval_s", "first_token_s", "total_s"):
            setattr(reply, name, value)
    for choice in record["choices"]:
        reply.text += choice["delta"].get("content") or ""
        reply.finish = choice["finish_reason"] or reply.finish


def _message(text: str) -> str:
    """What an error's body says; the body itself where it is not in our form."""
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text[:300]
