"""Questions that point back are rewritten by the variant's model, over real HTTP on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.servers.chat import ChatServer
from tests.support.serving import Answers, running
from workbench.models import remote
from workbench.serve.api import create_app
from workbench.serve.conversations import Turn, can_rewrite, standing_alone
from workbench.serve.requests import Asked
from workbench.types import LanguageModel, Message, ModelReference

EARLIER = (
    Message("user", "Who runs the hire desk?"),
    Message("assistant", "Ada Bram runs it, from the north quay."),
)
ASKED = "When does she open it?"
WHOLE = "When does Ada Bram open the hire desk?"


@pytest.fixture
def author() -> Iterator[ChatServer]:
    with ChatServer(lambda _: f"Question: “{WHOLE}”") as server:
        yield server


def model_of(server: ChatServer) -> LanguageModel:
    return remote(ModelReference("author", endpoint=server.url))


class Conversing(Answers):
    """Says back what it is asked; its turns are rewritten by a real endpoint's model."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model

    def turn(self, variant: str, asked: Asked) -> Turn:
        return standing_alone(self.model, asked.earlier, asked.question)


def test_a_question_that_points_back_is_asked_as_one_that_stands_alone(author: ChatServer) -> None:
    messages = [{"role": m.role, "content": m.content} for m in EARLIER]
    messages.append({"role": "user", "content": ASKED})
    with running(create_app(Conversing(model_of(author)))) as base:
        body: dict[str, Any] = {"model": "rag", "messages": messages}
        reply = httpx.post(f"{base}/v1/chat/completions", json=body)
        streamed = httpx.post(f"{base}/v1/chat/completions", json={**body, "stream": True})
        first = httpx.post(f"{base}/v1/chat/completions", json={**body, "messages": messages[:1]})
    told = reply.json()
    assert told["choices"][0]["message"]["content"] == WHOLE
    assert told["workbench"]["conversation"] == {
        "mode": "rewritten", "question": WHOLE, "earlier": 2, "input_tokens": 71,
        "output_tokens": 3, "seconds": told["workbench"]["conversation"]["seconds"],
    }  # fmt: skip
    assert told["workbench"]["ignored"] == []
    for answered, mode in ((reply, "rewritten"), (streamed, "rewritten"), (first, "first-turn")):
        assert answered.headers["X-Workbench-Conversation"] == mode
    read = author.prompts[0]
    assert "Ada Bram runs it" in read and ASKED in read
    assert len(author.asked) == 2, "a first question is not rewritten"


def test_a_model_that_fails_leaves_the_question_as_it_was(author: ChatServer) -> None:
    author.always = (400, {}, '{"error": {"message": "no"}}')
    turn = standing_alone(model_of(author), EARLIER, ASKED)
    assert (turn.mode, turn.question, turn.earlier) == ("as-asked", ASKED, 2)


def test_the_last_turns_are_read_and_the_first_left_out(author: ChatServer) -> None:
    long = [Message("user", f"turn{n} " + "word " * 290) for n in range(20)]
    assert standing_alone(model_of(author), long, ASKED).mode == "rewritten"
    assert "turn19" in author.prompts[0] and "turn15" in author.prompts[0]
    assert "turn0 " not in author.prompts[0]


def test_only_a_model_that_follows_instructions_rewrites(
    author: ChatServer, reader: LanguageModel
) -> None:
    assert can_rewrite(model_of(author))
    assert not can_rewrite(reader)
