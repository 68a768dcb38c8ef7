"""Replies of a given form: servers that hold a model to it, take no notice, or refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
from pydantic import BaseModel

from tests.questions.test_chat import SPEC, Writer
from tests.support.servers.chat import ChatServer, Reply
from tests.support.tale import small_corpus
from workbench.evaluation.judge_calls import Calls
from workbench.models import load
from workbench.models.budget import Budget
from workbench.models.endpoint import EndpointModel
from workbench.models.reply_schema import reply_schema
from workbench.questions import load as load_questions
from workbench.questions import write
from workbench.types import Decoding, Message, ModelReference, Prompt


class Verdict(BaseModel):
    reason: str
    value: Literal["pass", "fail"]
    grade: int | None = None


FORMED = Prompt((Message("user", "Reply with JSON."),), reply_schema(Verdict))
PLAIN = Prompt((Message("user", "say a"),))


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


def model(server: ChatServer) -> EndpointModel:
    return EndpointModel(ModelReference("m", endpoint=server.url))


def refusing(status: int, words: str, *kinds: str) -> Any:
    """A server that does not take these kinds of ``response_format``."""

    def refuse(body: dict[str, Any]) -> Reply | None:
        kind = body.get("response_format", {}).get("type")
        fault = {"error": {"message": words.format(kind=kind)}}
        return (status, {}, json.dumps(fault)) if kind in kinds else None

    return refuse


def test_the_schema_is_sent_in_the_strict_subset(server: ChatServer) -> None:
    loaded = model(server)
    loaded.complete([FORMED, PLAIN], Decoding())
    sent, plain = sorted(server.asked, key=lambda body: "response_format" not in body)
    form = sent["response_format"]
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    schema = form["json_schema"]["schema"]
    # OpenAI takes no schema with optional keys, and none that leaves others open.
    assert schema["required"] == ["reason", "value", "grade"]
    assert schema["additionalProperties"] is False
    assert "response_format" not in plain


SCHEMA_REFUSALS = [
    (400, "Invalid parameter: 'response_format' of type '{kind}' is not supported."),
    (422, "body.response_format.type: Input should be 'text' or 'json_object'"),
    (400, "The provided JSON schema contains features not supported by xgrammar."),
    (400, "This model does not support response format `{kind}`."),
    # llama.cpp's server for Python, whose every fault is a 500.
    (500, "1 validation error: {{'type': 'literal_error', 'loc': ('body', 'response_format', "
          "'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': '{kind}'}}"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "words"), SCHEMA_REFUSALS)
def test_a_server_without_schemas_is_asked_for_json(
    server: ChatServer, status: int, words: str
) -> None:
    server.refuse = refusing(status, words, "json_schema")
    loaded = model(server)
    for _ in range(2):
        (answer,) = loaded.complete([FORMED], Decoding())
        assert answer.error is None
    kinds = [body["response_format"]["type"] for body in server.asked]
    assert kinds == ["json_schema", "json_object", "json_object"], "remembered for the endpoint"


def test_a_server_that_takes_no_form_is_asked_without(server: ChatServer) -> None:
    words = "'response_format.type' must be 'text'"
    server.refuse = refusing(400, words, "json_schema", "json_object")
    loaded = model(server)
    answers = loaded.complete([FORMED] * 12, Decoding())
    assert all(answer.text == "echo JSON." for answer in answers)
    asked = len(server.asked)
    loaded.complete([FORMED], Decoding())
    assert len(server.asked) == asked + 1 and "response_format" not in server.asked[-1]


def test_what_is_refused_for_another_reason_keeps_its_form(server: ChatServer) -> None:
    server.refuse = lambda body: (
        (400, {}, '{"error": {"message": "Unknown parameter: seed"}}') if "seed" in body else None
    )
    model(server).complete([FORMED], Decoding())
    assert server.asked[-1]["response_format"]["type"] == "json_schema"


# --- who asks for a form -----------------------------------------------------------------------


class Strict(Writer):
    """Holds what it writes to the schema, and writes no word around it."""

    def _write(self, body: dict[str, Any]) -> str:
        text = super()._write(body)
        if "response_format" not in body:
            return text
        schema = body["response_format"]["json_schema"]["schema"]
        value = json.loads(text.strip("`").removeprefix("json"))
        for item in value.get("questions", ()):
            if "check" in item:
                item["check"] = dict.fromkeys(("pattern", "value", "checks")) | item["check"]
        jsonschema.validate(value, schema)
        return json.dumps(value)


class Refusing(Writer):
    """Takes no ``response_format`` at all."""

    def __init__(self) -> None:
        super().__init__()
        self.refuse = refusing(400, "Unknown parameter: 'response_format'", "json_schema",
                               "json_object")  # fmt: skip


@pytest.mark.parametrize("kind", [Strict, Writer, Refusing])
def test_questions_are_written_whatever_the_server_makes_of_the_form(
    kind: type[Writer], tmp_path: Path
) -> None:
    with kind() as server:
        loaded = load(ModelReference("writer", endpoint=server.url))
        summary = write(small_corpus(24), SPEC, loaded, tmp_path, 7)
        forms = [body.get("response_format", {}).get("type") for body in server.asked]
    exam = load_questions(tmp_path)
    kinds = {question.kind for question in (*exam.test, *exam.train, *exam.dev)}
    assert {"factoid", "multi_hop", "unanswerable", "behaviour"} <= kinds
    assert "malformed reply" not in summary["dropped"]
    asked_for_json = ["JSON" in body["messages"][0]["content"] for body in server.asked]
    if kind is Refusing:
        assert forms[0] == "json_schema" and forms[-1] is None
    else:
        assert [form == "json_schema" for form in forms] == asked_for_json


def test_a_judge_is_held_to_its_form_and_known_without_it(
    server: ChatServer, tmp_path: Path
) -> None:
    prompt = Prompt((Message("user", "Judge it. Reply with JSON."),))
    server.say = lambda body: (
        '{"reason": "", "value": "pass"}' if "response_format" in body else "Well, I would pass it."
    )
    calls = Calls(tmp_path / "calls.jsonl", model(server), Budget(), 64)
    reply = calls.ask(prompt, Verdict)
    assert Verdict.model_validate_json(reply.text).value == "pass"
    # The same call of an earlier version, without a form, is not paid for again.
    assert calls.ask(prompt) == reply and len(server.asked) == 1
