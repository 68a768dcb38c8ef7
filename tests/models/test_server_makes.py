"""Servers of other makes: what they refuse, how they say so, thoughts, broken streams, outages."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.servers.chat import ChatServer, Reply, completion
from tests.support.waiting import until
from workbench.errors import WorkbenchError
from workbench.models import endpoint, requests
from workbench.models.endpoint import EndpointModel
from workbench.models.requests import InFlight
from workbench.models.thoughts import answer_part, shown
from workbench.types import Decoding, Message, ModelReference, Prompt, Question
from workbench.variants.answering import answer_questions, lost_in_passing, read_answers

ASKED = [Prompt((Message("system", "Be brief."), Message("user", f"say w{i}"))) for i in range(12)]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setattr(requests, "FIRST_WAIT_S", 0.01)
    with ChatServer() as running:
        yield running


def model(server: ChatServer, **changes: Any) -> EndpointModel:
    return EndpointModel(ModelReference("m", endpoint=server.url, **changes))


def refusal(status: int, body: Any) -> Reply:
    return status, {}, json.dumps(body)


def fastapi(body: dict[str, Any]) -> Reply | None:
    """Mistral's: 422, and the fault in ``detail``."""
    fault = {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not"}
    return refusal(422, {"detail": [fault]}) if "seed" in body else None


def google(body: dict[str, Any]) -> Reply | None:
    """Gemini's: the error in a list."""
    words = 'Invalid JSON payload received. Unknown name "seed": Cannot find field.'
    return refusal(400, [{"error": {"code": 400, "message": words}}]) if "seed" in body else None


def either(body: dict[str, Any]) -> Reply | None:
    """Claude's behind a proxy: one of two parameters."""
    words = "`temperature` and `top_p` cannot both be specified for this model."
    both = {"temperature", "top_p"} <= set(body)
    return refusal(400, {"error": {"message": words}}) if both else None


def no_system(body: dict[str, Any]) -> Reply | None:
    """vLLM's with a template that raises: no ``error`` around the message."""
    has = any(turn["role"] == "system" for turn in body["messages"])
    words = {"object": "error", "message": "System role not supported", "code": 400}
    return refusal(400, words) if has else None


def newer_name(body: dict[str, Any]) -> Reply | None:
    """OpenAI's reasoning models: another name, and only the default temperature."""
    if "max_tokens" in body:
        words = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return refusal(400, {"error": {"message": words, "param": "max_tokens"}})
    if "temperature" in body:
        words = "Unsupported value: 'temperature' does not support 0."
        return refusal(400, {"error": {"message": words, "param": "temperature"}})
    return None


@pytest.mark.parametrize("refuse", [fastapi, google, either, no_system, newer_name])
def test_what_a_server_does_not_take_is_left_out_for_all(server: ChatServer, refuse: Any) -> None:
    server.refuse = refuse
    answers = model(server).complete(ASKED, Decoding())
    assert [a.text for a in answers] == [f"echo w{i}" for i in range(12)]
    assert all(a.error is None for a in answers)


def test_a_system_turn_that_is_refused_stands_before_the_question(server: ChatServer) -> None:
    server.refuse = no_system
    model(server).complete(ASKED[:1], Decoding())
    assert server.asked[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\nsay w0"}]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (422, {"detail": [{"loc": ["body", "n"], "msg": "too many"}]}, "body.n: too many"),
        (400, {"detail": "no such thing"}, "no such thing"),
        (400, [{"error": {"message": "a list"}}], "a list"),
        (400, {"error": "plain"}, "plain"),
        (400, "<html><style>b{}</style><body><h1>Not here</h1></body></html>", "Not here"),
    ],
)
def test_the_server_s_own_words_are_told(
    server: ChatServer, status: int, body: Any, words: str
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    server.always = (status, {}, text)
    (answer,) = model(server).complete(ASKED[:1], Decoding())
    assert answer.error == f"the server answered {status}: {words}" and not answer.passing


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, {"message": "You exceeded your current quota.", "code": "insufficient_quota"}),
        (402, {"message": "Payment required"}),
        (400, {"message": "Your credit balance is too low"}),
    ],
)
def test_a_spent_account_stops_at_the_first(server: ChatServer, status: int, error: Any) -> None:
    loaded = model(server)
    loaded.complete(ASKED[:1], Decoding())
    server.always = refusal(status, {"error": error})
    with pytest.raises(WorkbenchError, match=error["message"].rstrip(".")):
        loaded.complete(ASKED, Decoding())
    assert len(server.asked) < 1 + 2 * len(ASKED)


# --- thoughts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>\nThe passages say so.\n</think>\n\nAnna Weller", "Anna Weller"),
        ("I should say it.\n</think>\n\nAnna Weller", "Anna Weller"),
        ("<thinking>a</thinking><think>b</think>Anna", "Anna"),
        ("Anna Weller", "Anna Weller"),
        ("a < b and b > c", "a < b and b > c"),
    ],
)
def test_thoughts_are_no_part_of_the_answer(server: ChatServer, text: str, answer: str) -> None:
    server.say = lambda _: text
    (whole,) = model(server).complete(ASKED[:1], Decoding())
    assert (whole.text, whole.output_tokens) == (answer, 3)
    assert answer_part(text) == answer
    if "</think>" not in text or text.startswith("<think"):
        assert "".join(model(server).stream(ASKED[0], Decoding())).strip() == answer
        assert "".join(shown(list(text))).strip() == answer.strip()


@pytest.mark.parametrize(
    "message",
    [
        {"content": "<think>\nOkay, the visitor asks about the harbour. Let me"},
        {"content": "", "reasoning_content": "Okay, the visitor asks"},
        {"content": None, "reasoning": "Okay, the visitor asks"},
    ],
)
def test_a_reply_cut_inside_its_thoughts_failed_and_was_paid_for(
    server: ChatServer, message: dict[str, Any]
) -> None:
    body = json.loads(completion("", "length"))
    body["choices"][0]["message"] = {"role": "assistant", **message}
    server.always = (200, {}, json.dumps(body))
    (answer,) = model(server).complete(ASKED[:1], Decoding())
    assert answer.text == "" and answer.finish == "error" and not answer.passing
    assert "inside its thoughts" in str(answer.error) and "thinking_tokens" in str(answer.error)
    assert (answer.input_tokens, answer.output_tokens) == (71, 3)


def test_tokens_for_thoughts_are_asked_for_beside_the_answer_s(server: ChatServer) -> None:
    model(server).complete(ASKED[:1], Decoding(max_new_tokens=7, thinking_tokens=100))
    assert server.asked[0]["max_tokens"] == 107


# --- streams and outages -----------------------------------------------------------------------


def streamed(monkeypatch: pytest.MonkeyPatch, loaded: EndpointModel, lines: list[str]) -> list[str]:
    """What a stream of these lines is shown as; None ends it without warning."""

    def create(*_: object, **__: object) -> Any:
        from openai import Stream
        from openai.types.chat import ChatCompletionChunk

        content = "".join(f"data: {line}\n\n" for line in lines).encode()
        response = httpx.Response(
            200, content=content, headers={"Content-Type": "text/event-stream"},
            request=httpx.Request("POST", "http://x"),
        )  # fmt: skip
        return Stream(cast_to=ChatCompletionChunk, response=response, client=loaded._client)

    monkeypatch.setattr(loaded._client, "post", create)
    return list(loaded.stream(ASKED[0], Decoding()))


def test_chunks_that_say_nothing_are_passed_over(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chunk(**changes: Any) -> str:
        choice = {"index": 0, "delta": {"content": "salt"}, "finish_reason": None}
        whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        return json.dumps({**whole, "choices": [choice], **changes})

    null_delta = chunk(choices=[{"index": 0, "delta": None, "finish_reason": None}])
    lines = [chunk(choices=None), null_delta, chunk(choices=[]), chunk(), "[DONE]"]
    assert streamed(monkeypatch, model(server), lines) == ["salt"]


def test_a_server_that_takes_no_notice_of_stream_is_shown_all_the_same(server: ChatServer) -> None:
    server.always = (200, {}, completion("salt"))
    assert list(model(server).stream(ASKED[0], Decoding())) == ["salt"]


def test_waiting_for_retry_after_is_no_latency(server: ChatServer) -> None:
    server.script = [(429, {"Retry-After": "0.4"}, "{}")]
    loaded = model(server)
    list(loaded.stream(ASKED[0], Decoding()))
    assert loaded.waited_s > 0.3
    list(loaded.stream(ASKED[0], Decoding()))
    assert loaded.waited_s < 0.3


def test_a_slow_first_byte_names_the_setting(server: ChatServer) -> None:
    server.delay = 2.0
    with pytest.raises(WorkbenchError, match=r"within timeout_s = 0.2 s"):
        list(model(server, timeout_s=0.2).stream(ASKED[0], Decoding()))


def test_a_server_at_work_on_something_else_is_waited_for(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "CONNECT_TIMEOUT_S", 0.1)
    server.delay = 0.5
    model(server, timeout_s=30).check()
    with pytest.raises(WorkbenchError, match=r"within timeout_s = 0.2 s"):
        model(server, timeout_s=0.2).check()


class Variant:
    """A variant that asks an endpoint for what it is asked."""

    name, abstain_below = "plain", None

    def __init__(self, loaded: EndpointModel) -> None:
        from workbench.variants.prompting import open_book
        from workbench.variants.providers import NoContext

        self.model, self.provider, self.decoding = loaded, NoContext(), Decoding()
        self.book = open_book("chat", "", "short")

    def prepare(self, questions: Any) -> list[Any]:
        return [(ASKED[int(q.id)], None) for q in questions]

    def signals(self, questions: Any, prepared: Any) -> list[None]:
        return [None for _ in questions]

    def answer(self, question: Question, _: Any, done: Any, signal: Any = None) -> Any:
        from workbench.types import Answer

        status = "failed" if done.error else "answered"
        return Answer(
            question.id, self.name, done.text, 1, 1, 0.0, finish=done.finish, status=status,
            error=done.error, passing=done.passing,
        )  # fmt: skip


def test_an_outage_is_no_answer_and_is_asked_again(server: ChatServer, tmp_path: Path) -> None:
    questions = [Question(id=str(n), text="?", answers=("a",), role="test") for n in range(12)]
    path = tmp_path / "plain.jsonl"
    server.always = (503, {}, '{"error": {"message": "busy"}}')
    with pytest.raises(WorkbenchError, match=r"12 of 12 questions got no answer .*503: busy"):
        answer_questions(Variant(model(server)), questions, path)  # type: ignore[arg-type]
    assert lost_in_passing(path)
    server.always = None
    server.script = [(422, {}, '{"detail": "this text I refuse"}')]
    answer_questions(Variant(model(server)), questions, path)  # type: ignore[arg-type]
    answers = read_answers(path)
    assert sorted(int(a.question) for a in answers) == list(range(12))
    assert [a.status for a in answers].count("failed") == 1 and not lost_in_passing(path)
    asked = len(server.asked)
    # What the server refuses for good is not asked again.
    answer_questions(Variant(model(server)), questions, path)  # type: ignore[arg-type]
    assert len(server.asked) == asked


# --- how many at once --------------------------------------------------------------------------


def test_more_are_asked_at_once_while_the_server_keeps_up() -> None:
    flow = InFlight(2, 64)
    for _ in range(62):
        flow.answered(0.05)
    assert flow.limit == 64, "each reply at once makes room for another: doubled every round"
    flow.refused()
    assert flow.limit == 32
    flow.answered(0.05)
    assert 32 < flow.limit < 33, "once it has been too much, the rise is slow"


def test_replies_that_waited_for_others_end_the_doubling() -> None:
    flow = InFlight(8, 64)
    flow.answered(1.0)
    assert flow.limit == 9
    flow.answered(1.9)
    assert 9 < flow.limit < 10
    flow.answered(2.1)
    assert flow.limit < 9.2


def test_who_asks_again_goes_before_who_has_not_asked() -> None:
    flow, order = InFlight(1, 64), []

    def ask(name: str, again: bool) -> None:
        with flow.turn(again):
            order.append(name)

    with flow.turn():
        threads = [threading.Thread(target=ask, args=(f"new {n}", False)) for n in range(3)]
        threads.append(threading.Thread(target=ask, args=("tried", True)))
        for place, thread in enumerate(threads, 1):
            thread.start()
            until(lambda due=place: len(flow._free._waiters) == due, "it waits")
    for thread in threads:
        thread.join(60)
    assert order[0] == "tried" and len(order) == 4


def test_connections_are_used_again(server: ChatServer) -> None:
    opened: list[Any] = []

    class Keeping(server.RequestHandlerClass):  # type: ignore[name-defined,misc]
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            opened.append(self.client_address)
            super().setup()

    server.RequestHandlerClass, server.delay = Keeping, 0.01
    loaded = model(server)
    for _ in range(5):
        loaded.complete(ASKED, Decoding())
    assert len(server.asked) == 60
    # One that is being given back may be missed by the next request, on a busy machine by several.
    assert len(opened) <= 2 * len(ASKED)


def test_patience_begins_when_a_request_s_turn_comes(server: ChatServer) -> None:
    at_work = threading.Lock()

    def one_by_one(_: dict[str, Any]) -> str:
        with at_work:
            time.sleep(0.2)
        return "salt"

    server.say = one_by_one
    # The last of them is answered after 2.4 s.
    answers = model(server, timeout_s=1.5).complete(ASKED, Decoding())
    assert [a.text for a in answers] == ["salt"] * 12
    assert len(server.asked) == 12, "none was given up and asked again"
    assert all(a.seconds < 1.5 for a in answers)


def test_a_server_that_answers_one_by_one_is_sent_few(server: ChatServer) -> None:
    at_work, here, seen = threading.Lock(), threading.Semaphore(1000), []

    def one_by_one(_: dict[str, Any]) -> str:
        here.acquire()
        seen.append(1000 - here._value)
        with at_work:
            time.sleep(0.03)
        here.release()
        return "salt"

    server.say = one_by_one
    answers = model(server).complete(ASKED * 8, Decoding())
    assert all(a.text == "salt" for a in answers)
    assert 2 <= max(seen) <= 6 and sorted(seen[-30:])[15] <= 4
