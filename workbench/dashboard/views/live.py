"""Live questions: the chat API of ``serve``, read as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workbench.dashboard.queries.runs import mapping

TIMEOUT_S = 180.0


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
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    try:
        with httpx.stream("POST", url, json=body, timeout=TIMEOUT_S, trust_env=False) as stream:
            if stream.status_code != 200:
                stream.read()
                reply.error = _message(stream.text)
                yield reply
                return
            for line in stream.iter_lines():
                if not line.startswith("data: ") or line == "data: [DONE]":
                    continue
                _take(reply, mapping(json.loads(line[6:])))
                yield reply
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        reply.error = f"The server can't be reached or broke off ({type(error).__name__})."
        yield reply


def _take(reply: Reply, record: dict[str, Any]) -> None:
    """One event of the stream into the reply."""
    if "error" in record:
        reply.error = str(mapping(record["error"]).get("message"))
        return
    facts = mapping(record.get("workbench"))
    reply.passages = facts.get("passages", reply.passages)
    reply.retrieval_s = facts.get("retrieval_s", reply.retrieval_s)
    reply.first_token_s = facts.get("first_token_s", reply.first_token_s)
    reply.total_s = facts.get("total_s", reply.total_s)
    for choice in record.get("choices") or ():
        reply.text += mapping(mapping(choice).get("delta")).get("content") or ""
        reply.finish = mapping(choice).get("finish_reason") or reply.finish


def _message(text: str) -> str:
    try:
        return str(mapping(mapping(json.loads(text)).get("error")).get("message") or text)
    except json.JSONDecodeError:
        return text[:300]
