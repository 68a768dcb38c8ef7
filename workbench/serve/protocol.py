"""The OpenAI-compatible wire format: what a request may hold, and how replies and refusals look."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.types import Context, Decoding


class TextPart(BaseModel):
    """One part of a message's content; only text can be answered."""

    model_config = ConfigDict(extra="allow")
    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """One chat turn."""

    model_config = ConfigDict(extra="allow")
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The content as one text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class ChatRequest(BaseModel):
    """A chat completion request; ``model`` is the name of a variant."""

    # What clients send beyond these is not refused but named in the reply as ignored.
    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    # Clients send null for what they leave open.
    stream: bool | None = False
    n: int | None = 1


class RefusalError(Exception):
    """A request that can't be answered, in the terms of OpenAI's error object."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str,
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def seen(context: Context, decoding: Decoding, ignored: list[str]) -> dict[str, Any]:
    """The extension field: what the variant saw and how the answer is drawn."""
    return {
        "passages": [
            {
                "id": matches.passage.id,
                "rank": matches.rank,
                "score": matches.score,
                "section": matches.passage.section,
                "text": matches.passage.text,
            }
            for matches in context.passages
        ],
        "examples": [example.text for example in context.examples],
        "retrieval_s": context.seconds,
        "share_of_corpus_seen": context.share,
        "decoding": asdict(decoding),
        "ignored": ignored,
    }


async def whole(
    head: dict[str, Any], steps: AsyncIterator[dict[str, Any]], extension: dict[str, Any]
) -> dict[str, Any]:
    """The reply to a request that does not stream."""
    pieces, end = [], {}
    async for step in steps:
        if "piece" in step:
            pieces.append(step["piece"])
        else:
            end = step
    # Nobody reads the reply of an answer that was given up.
    finish = end.pop("finish", "stop")
    message = {"role": "assistant", "content": "".join(pieces)}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    return {**head, "object": "chat.completion", "choices": [choice], "workbench": extension | end}


async def events(
    head: dict[str, Any], steps: AsyncGenerator[dict[str, Any]], extension: dict[str, Any]
) -> AsyncIterator[str]:
    """Server-sent events; an error after the first piece is an event with ``error``."""

    def event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        record = {**head, "object": "chat.completion.chunk", "choices": [choice], **more}
        return f"data: {json.dumps(record, ensure_ascii=False)}\n\n"

    # Closed with the stream, so that the next question gets its turn once the reader is gone.
    async with contextlib.aclosing(steps):
        # OpenAI's streams begin with the role and no text.
        yield event({"role": "assistant", "content": ""}, workbench=extension)
        try:
            async for step in steps:
                if "piece" in step:
                    yield event({"content": step["piece"]})
                else:
                    yield event({}, step.pop("finish"), workbench=step)
        # The status was sent long ago, so the error travels as an event.
        except RefusalError as error:
            yield f"data: {json.dumps(error.body)}\n\n"
        yield "data: [DONE]\n\n"
