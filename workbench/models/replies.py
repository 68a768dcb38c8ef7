"""What a chat completion says, whole or in pieces.

Servers may be only nearly compatible, so replies are read with care: whatever is missing is a
:class:`MalformedReply`, never an AttributeError somewhere later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from urllib3 import BaseHTTPResponse

from workbench.models.thoughts import CUT_INSIDE, answer_part


class MalformedReply(Exception):  # noqa: N818 - it is a reply, and what is wrong with it
    """The server answered, but not in the protocol."""


@dataclass(frozen=True)
class Reply:
    """What a chat completion says; what the server does not give is None.

    ``log_probabilities`` (natural) are those of its tokens. ``fault`` says why there is no answer
    though tokens were spent: all of them went into thoughts.
    """

    text: str
    finish: Literal["stop", "length"]
    input_tokens: int | None
    output_tokens: int | None
    log_probabilities: tuple[float, ...] | None = None
    fault: str | None = None


def json_of(response: BaseHTTPResponse) -> Any:
    """The JSON that a server sent; MalformedReply for a page, ValueError for what is no JSON."""
    try:
        return json.loads(response.data)
    except ValueError:
        if "json" in response.headers.get("content-type", "json"):
            raise
        text = response.data.decode("utf-8", "replace")
        page = " ".join(re.sub(r"<[^>]*>", " ", text).split())[:80]
        raise MalformedReply(f"the server sent a page instead of a reply ({page})") from None


def read_reply(response: BaseHTTPResponse) -> Reply:
    """The text and use of a chat completion; MalformedReply where it has none.

    Raises ValueError for a body that is no JSON.
    """
    reply = json_of(response)
    choices = _part(reply, "choices")
    if not isinstance(choices, list) or not choices:
        raise MalformedReply("the reply holds no choices")
    message = _part(choices[0], "message")
    text = _part(message, "content")
    reason = _part(choices[0], "finish_reason")
    # Before the text: a filtered reply may still carry part of one.
    if reason == "content_filter":
        raise MalformedReply("the server's filter withheld the answer")
    thought = _part(message, "reasoning_content") or _part(message, "reasoning")
    usage = _part(reply, "usage")
    spent = _count(_part(usage, "prompt_tokens")), _count(_part(usage, "completion_tokens"))
    answer = answer_part(text) if isinstance(text, str) else None
    if not answer:
        fault = _why_empty(message, thought or (text if answer is None else ""), reason)
        if not thought and not text:
            raise MalformedReply(fault)
        return Reply("", "length", *spent, fault=fault)
    return Reply(
        answer,
        "length" if reason == "length" else "stop",
        *spent,
        _log_probabilities(choices[0]),
    )


def read_continued(response: BaseHTTPResponse) -> Reply:
    """The text and use of a completion outside of a chat; MalformedReply where it has none."""
    reply = json_of(response)
    choices = _part(reply, "choices")
    text = _part(choices[0], "text") if isinstance(choices, list) and choices else None
    if not isinstance(text, str):
        raise MalformedReply("the reply holds no text")
    reason, usage = _part(choices[0], "finish_reason"), _part(reply, "usage")
    spent = _count(_part(usage, "prompt_tokens")), _count(_part(usage, "completion_tokens"))
    return Reply(text, "length" if reason == "length" else "stop", *spent)


def _part(value: Any, name: str) -> Any:
    """What stands under a name in a JSON object; None where there is no such thing."""
    return value.get(name) if isinstance(value, dict) else None


def _why_empty(message: Any, thought: Any, reason: Any) -> str:
    refusal = _part(message, "refusal")
    if refusal:
        return f"the model refused: {refusal}"
    if _part(message, "tool_calls"):
        return "the model called a tool instead of answering"
    if thought:
        return CUT_INSIDE if reason == "length" else "the reply holds thoughts and no answer"
    return "the reply is empty"


def _log_probabilities(choice: Any) -> tuple[float, ...] | None:
    """Those of a reply's tokens; None where the server told none, or of some only."""
    listed = _part(_part(choice, "logprobs"), "content")
    if not isinstance(listed, list) or not listed:
        return None
    values = [_part(token, "logprob") for token in listed]
    known = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return tuple(known) if len(known) == len(values) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def streamed_contents(chunks: Any) -> Iterator[str]:
    """The texts of a stream; chunks without one (usage, role, keep-alive) are passed over."""
    finish = text = None
    thought = False
    for chunk in chunks:
        for choice in (getattr(chunk, "choices", None) or [])[:1]:
            delta = getattr(choice, "delta", None)
            finish = getattr(choice, "finish_reason", None) or finish
            thought = thought or bool(getattr(delta, "reasoning_content", None))
            content = getattr(delta, "content", None)
            if isinstance(content, str) and content:
                text = content
                yield content
    if text is None and thought:
        raise MalformedReply(CUT_INSIDE)
