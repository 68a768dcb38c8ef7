"""The API as the official openai client sees it. The served echoes: the protocol is the subject;
a run's real variants answer in ``test_serve_run.py``."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import openai
import pytest

from tests.support.serving import Answers, running
from tests.support.waiting import PATIENCE_S, until
from workbench.errors import WorkbenchError
from workbench.serve.api import create_app
from workbench.types import Context, Decoding, Passage, Retrieved


class Echo(Answers):
    """Answers with the question's own words, one piece each; ``fails`` fails in mid-answer."""

    decoding = Decoding(max_new_tokens=5)

    def __init__(self) -> None:
        self.prepared = threading.Event()
        self.hold = threading.Event()
        self.hold.set()

    def prepare(self) -> None:
        self.hold.wait(PATIENCE_S)
        self.prepared.set()

    def names(self) -> list[str]:
        return ["prompt_only", "rag", "fails"]

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        passage = Passage("tale", 3, 9, "<b>salt</b>", "tale#00")
        shown = (Retrieved(passage, 0.5, 1),) if variant == "rag" else ()

        def pieces() -> Iterator[str]:
            for word in question.split():
                yield word + " "
                if variant == "fails":
                    raise WorkbenchError("The endpoint is down.", "Start it.")

        return Context(passages=shown, seconds=0.01), pieces()


@pytest.fixture(scope="module")
def served() -> Echo:
    return Echo()


@pytest.fixture(scope="module")
def base(served: Echo) -> Iterator[str]:
    """A real server on a free port."""
    with running(create_app(served, "demo-00000000", ("127.0.0.1",))) as address:
        yield address


@pytest.fixture(scope="module")
def client(base: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0)


def ask(client: openai.OpenAI, variant: str = "rag", text: str = "who kept it", **more: object):  # type: ignore[no-untyped-def]
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=variant, messages=messages, **more)  # type: ignore[call-overload]


def test_models_are_the_variants(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["prompt_only", "rag", "fails"]
    assert client.models.retrieve("rag").owned_by == "workbench"


def test_a_whole_answer_carries_its_passages(client: openai.OpenAI) -> None:
    reply = ask(client)
    assert reply.choices[0].message.content == "who kept it "
    assert reply.choices[0].finish_reason == "stop"
    extension = reply.model_extra["workbench"]
    assert extension["passages"] == [
        {
            "id": "tale:3-9",
            "document": "tale",
            "start": 3,
            "end": 9,
            "rank": 1,
            "score": 0.5,
            "section": "tale#00",
            "text": "<b>salt</b>",
        }
    ]
    assert extension["retrieval_s"] == 0.01
    assert extension["total_s"] >= extension["first_token_s"] >= 0


def test_an_answer_of_all_allowed_tokens_says_it_was_cut(client: openai.OpenAI) -> None:
    assert ask(client, text="a b c d e").choices[0].finish_reason == "length"


def test_a_stream_gives_passages_first_then_pieces(client: openai.OpenAI) -> None:
    chunks = list(ask(client, stream=True))
    assert chunks[0].model_extra["workbench"]["passages"][0]["id"] == "tale:3-9"
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "who kept it "
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].model_extra["workbench"]["total_s"] > 0


def test_what_is_not_heeded_is_named(client: openai.OpenAI) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "why"}]
    reply = client.chat.completions.create(model="rag", messages=messages, temperature=0.7)  # type: ignore[arg-type]
    assert reply.model_extra["workbench"]["ignored"] == [
        "temperature",
        "system messages",
    ]


def test_every_reply_says_what_it_took(client: openai.OpenAI, base: str) -> None:
    whole = ask(client, text="who kept it")
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (3, 3)
    assert whole.usage.total_tokens == 6
    *_, last = ask(client, text="who kept it", stream=True)
    assert last.usage.total_tokens == 6 and last.choices[0].finish_reason == "stop"
    *body, last = ask(client, stream=True, stream_options={"include_usage": True})
    assert last.choices == [] and last.usage.total_tokens == 6
    assert all(chunk.usage is None for chunk in body)
    assert "usage" not in str([chunk.model_extra for chunk in body])


def test_a_variant_that_reads_no_earlier_turns_says_so(base: str) -> None:
    turns = [
        {"role": "user", "content": "Who is Ada?"},
        {"role": "assistant", "content": "A miller."},
        {"role": "user", "content": "why"},
    ]
    reply = httpx.post(f"{base}/v1/chat/completions", json={"model": "rag", "messages": turns})
    assert reply.headers["X-Workbench-Conversation"] == "single-turn"
    told = reply.json()["workbench"]
    assert told["conversation"]["earlier"] == 2
    assert told["ignored"] == ["messages before the last user message"]


def test_text_parts_are_read(client: openai.OpenAI) -> None:
    reply = ask(client, text=[{"type": "text", "text": "in parts"}])  # type: ignore[arg-type]
    assert reply.choices[0].message.content == "in parts "


def test_faults_come_in_openai_s_shape(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        ask(client, "raft")
    assert missing.value.code == "model_not_found"
    assert "prompt_only, rag" in missing.value.message
    with pytest.raises(openai.BadRequestError, match="n must be 1"):
        ask(client, n=2)
    with pytest.raises(openai.BadRequestError, match="none with text"):
        ask(client, text="  ")
    with pytest.raises(openai.BadRequestError, match="20,000 are allowed"):
        ask(client, text="x" * 20_001)
    with pytest.raises(openai.InternalServerError, match="endpoint is down"):
        ask(client, "fails")


def test_a_failure_in_mid_stream_reaches_the_client(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIError, match="endpoint is down"):
        list(ask(client, "fails", stream=True))
    assert ask(client).choices[0].finish_reason == "stop"


def test_a_malformed_body_is_a_400_with_the_place(base: str) -> None:
    reply = httpx.post(f"{base}/v1/chat/completions", json={"model": "rag", "messages": []})
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "messages"
    assert httpx.get(f"{base}/v1/nothing").json()["error"]["type"] == "invalid_request_error"


def test_a_client_that_hangs_up_leaves_the_desk_free(client: openai.OpenAI) -> None:
    stream = ask(client, text="word " * 4000, stream=True)
    next(iter(stream))
    stream.close()
    patient = client.with_options(timeout=PATIENCE_S)
    assert ask(patient).choices[0].message.content == "who kept it "


def test_health_names_the_run_and_strangers_are_not_answered(base: str) -> None:
    assert httpx.get(f"{base}/health").json() == {
        "status": "ok",
        "run": "demo-00000000",
        "variants": ["prompt_only", "rag", "fails"],
    }
    assert httpx.get(f"{base}/health", headers={"Host": "evil.example"}).status_code == 400


def test_health_tells_loading_from_failed() -> None:
    from fastapi.testclient import TestClient

    class Broken(Echo):
        def prepare(self) -> None:
            super().prepare()
            raise WorkbenchError("The adapter is gone.", "Run again.")

    served = Broken()
    served.hold.clear()
    with TestClient(create_app(served)) as web:
        assert web.get("/health").json()["status"] == "loading"
        served.hold.set()
        until(lambda: web.get("/health").json()["status"] == "failed")
        body = {"model": "rag", "messages": [{"role": "user", "content": "why"}]}
        reply = web.post("/v1/chat/completions", json=body)
    assert reply.status_code == 503
    assert "The adapter is gone." in reply.json()["error"]["message"]
