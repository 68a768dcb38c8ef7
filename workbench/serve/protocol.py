"""The OpenAI-compatible wire format: what a request may hold, and how replies and refusals look."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.types import Context, Decoding, Retrieved


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


class StreamOptions(BaseModel):
    """How a stream is sent; ``include_usage`` puts the usage into a last event of its own."""

    model_config = ConfigDict(extra="allow")
    include_usage: bool | None = False


class ChatRequest(BaseModel):
    """A chat completion request; ``model`` is the name of a variant."""

    # What clients send beyond these is not refused but named in the reply as ignored.
    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    # Clients send null for what they leave open.
    stream: bool | None = False
    n: int | None = 1
    stream_options: StreamOptions | None = None

    @property
    def usage_apart(self) -> bool:
        """Whether a stream's usage comes as an event of its own."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)


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
        fault = {"message": message, "type": kind, "param": param, "code": code}
        self.body: dict[str, Any] = {"error": fault}


def shown_passage(hit: Retrieved) -> dict[str, Any]:
    """A passage that was found, with its place in its document."""
    passage = hit.passage
    return {
        "id": passage.id,
        "document": passage.document,
        "start": passage.start,
        "end": passage.end,
        "rank": hit.rank,
        "score": hit.score,
        "section": passage.section,
        "text": passage.text,
    }


def usage(read: int, written: int) -> dict[str, int]:
    """OpenAI's object for tokens."""
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def seen(
    context: Context, decoding: Decoding, ignored: list[str], turn: dict[str, Any]
) -> dict[str, Any]:
    """The extension field: what the variant was asked and saw, and how the answer is drawn."""
    return {
        "passages": [shown_passage(hit) for hit in context.passages],
        "examples": [example.text for example in context.examples],
        "retrieval_s": context.seconds,
        "share_of_corpus_seen": context.share,
        "decoding": asdict(decoding),
        "search_tokens": dict(zip(("input", "output"), context.search_tokens, strict=True)),
        "conversation": turn,
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
    finish, spent = end.pop("finish", "stop"), end.pop("usage", usage(0, 0))
    message = {"role": "assistant", "content": "".join(pieces)}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    reply = {**head, "object": "chat.completion", "choices": [choice], "usage": spent}
    return reply | {"workbench": extension | end}


async def events(
    head: dict[str, Any],
    steps: AsyncGenerator[dict[str, Any]],
    extension: dict[str, Any],
    usage_apart: bool = False,
) -> AsyncIterator[str]:
    """Server-sent events; an error after the first piece is an event with ``error``.

    The last one holds the usage, or with ``usage_apart`` an event after it, without a choice, as
    OpenAI has it.
    """

    def event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        return sent([{"index": 0, "delta": delta, "finish_reason": finish}], **more)

    def sent(choices: list[dict[str, Any]], **more: Any) -> str:
        # Where usage is asked for, OpenAI's other events have it as null.
        unsaid = {"usage": None} if usage_apart else {}
        record = {**head, "object": "chat.completion.chunk", "choices": choices, **unsaid, **more}
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
                    finish, spent = step.pop("finish"), step.pop("usage")
                    own = {} if usage_apart else {"usage": spent}
                    yield event({}, finish, workbench=step, **own)
                    if usage_apart:
                        yield sent([], usage=spent)
        # The status was sent long ago, so the error travels as an event.
        except RefusalError as error:
            yield f"data: {json.dumps(error.body)}\n\n"
        yield "data: [DONE]\n\n"
