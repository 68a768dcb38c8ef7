"""The body of a request for a chat completion, as far as the server takes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.models.roles import without_system
from workbench.types import Decoding, Prompt


def request_body(
    name: str, prompt: Prompt, decoding: Decoding, stream: bool, changes: Mapping[str, str | None]
) -> dict[str, Any]:
    """What is asked of the model ``name``.

    ``changes`` are those that the server wanted, see :func:`workbench.models.complaints.adapt`.
    """
    body: dict[str, Any] = {
        "max_tokens": decoding.most_new_tokens,
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "seed": decoding.seed,
    }
    if decoding.confidence and not stream:
        body["logprobs"] = True
    form = changes.get("response_format", "json_schema")
    if prompt.reply_schema is not None and form is not None:
        body["response_format"] = _response_format(form, prompt.reply_schema)
    messages = [{"role": m.role, "content": m.content} for m in prompt.messages]
    for old, new in changes.items():
        if old == "system":
            messages = without_system(messages)
        elif old != "response_format":
            value = body.pop(old, None)
            if new is not None:
                body[new] = value
    return {"model": name, "messages": messages, "stream": stream, **body}


def _response_format(kind: str, schema: str) -> dict[str, Any]:
    """``json_schema`` holds the model to the schema, ``json_object`` to JSON of any form."""
    if kind != "json_schema":
        return {"type": kind}
    form = {"name": "reply", "strict": True, "schema": json.loads(schema)}
    return {"type": kind, "json_schema": form}
