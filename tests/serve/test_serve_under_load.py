"""Many clients, some of whom leave, are slow, send too much or have no key."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.serving import Answers, running
from tests.support.waiting import PATIENCE_S, until
from workbench.errors import WorkbenchError
from workbench.serve import serve
from workbench.serve.api import create_app
from workbench.serve.guard import Limits, impatient
from workbench.types import Context, Decoding

URL = "/v1/chat/completions"


class Weights(Answers):
    """Answers as a local model does: a lock is held from the first piece to the last, and only
    the thread that took it may give it back."""

    decoding = Decoding(max_new_tokens=10_000)

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.go = threading.Event()
        self.go.set()
        self.begun = threading.Event()

    def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
        def pieces() -> Iterator[str]:
            with self.lock:
                for word in question.split():
                    yield word + " "
                    self.begun.set()
                    self.go.wait(PATIENCE_S)

        return Context(passages=(), seconds=0.0), pieces()


def body(text: str = "who kept it", stream: bool | None = False) -> dict[str, object]:
    return {
        "model": "rag",
        "messages": [{"role": "user", "content": text}],
        "stream": stream,
    }


def test_clients_that_leave_in_mid_stream_do_not_wedge_the_server() -> None:
    served = Weights()
    with running(create_app(served)) as base, httpx.Client(base_url=base, timeout=60) as web:
        for _ in range(5):
            with web.stream("POST", URL, json=body("word " * 4000, stream=True)) as stream:
                next(stream.iter_lines())
            assert web.get("/health").json()["status"] == "ok"
        reply = web.post(URL, json=body())
        assert reply.json()["choices"][0]["message"]["content"] == "who kept it "
        assert web.get("/ready").status_code == 200


def test_many_streams_at_once_are_all_answered() -> None:
    served = Weights()
    served.go.clear()
    app = create_app(served, limits=Limits(waiting=100))
    with running(app) as base, httpx.Client(base_url=base, timeout=PATIENCE_S) as web:
        health = httpx.Client(base_url=base, timeout=60)

        def ask(number: int) -> str:
            with web.stream("POST", URL, json=body(f"question {number}", stream=True)) as stream:
                return "".join(stream.iter_lines())

        with ThreadPoolExecutor(60) as pool:
            asked = [pool.submit(ask, n) for n in range(60)]
            until(lambda: health.get("/ready").json()["waiting"] == 59, "all to wait")
            served.go.set()
            replies = [future.result() for future in asked]
        for number, reply in enumerate(replies):
            assert f"{number} " in reply
            assert reply.endswith("[DONE]")


def test_a_full_line_refuses_at_once_and_says_when_to_come_again() -> None:
    served = Weights()
    served.go.clear()
    app = create_app(served, limits=Limits(waiting=1))
    with running(app) as base, httpx.Client(base_url=base, timeout=PATIENCE_S) as web:
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(web.post, URL, json=body())
            assert served.begun.wait(PATIENCE_S)
            second = pool.submit(web.post, URL, json=body())
            until(lambda: web.get("/ready").json()["waiting"] == 1, "the second to wait")
            refused = web.post(URL, json=body())
            assert refused.status_code == 429
            assert int(refused.headers["Retry-After"]) >= 1
            assert refused.json()["error"]["code"] == "busy"
            served.go.set()
            assert first.result().status_code == second.result().status_code == 200
        told = web.get("/metrics").text
        assert 'workbench_answers_total{outcome="answered",variant="rag"} 2.0' in told
        assert 'workbench_answers_total{outcome="refused",variant="rag"} 1.0' in told


def test_who_leaves_the_line_frees_the_place() -> None:
    served = Weights()
    served.go.clear()
    app = create_app(served, limits=Limits(waiting=1))
    with (
        running(app) as base,
        httpx.Client(base_url=base, timeout=PATIENCE_S) as web,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(web.post, URL, json=body())
        assert served.begun.wait(PATIENCE_S)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(base + URL, json=body(), timeout=1)
        until(lambda: web.get("/ready").json()["waiting"] == 0, "the place to be free")
        served.go.set()
        assert first.result().status_code == 200


def test_a_stuck_answer_shows_in_ready_and_not_in_health(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.serve.request_queue.STUCK_S", 0.2)
    served = Weights()
    served.go.clear()
    with running(create_app(served)) as base, httpx.Client(base_url=base, timeout=60) as web:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(web.post, URL, json=body())
            until(lambda: web.get("/ready").status_code == 503, "the line to count as stuck")
            assert web.get("/health").status_code == 200
            served.go.set()
            assert asked.result().status_code == 200
        until(lambda: web.get("/ready").status_code == 200, "the line to move")


def test_an_answer_that_breaks_does_not_end_the_others() -> None:
    class Broken(Weights):
        def answer(self, variant: str, question: str) -> tuple[Context, Iterator[str]]:
            if question == "break":
                raise ZeroDivisionError("secret")
            return super().answer(variant, question)

    with running(create_app(Broken())) as base, httpx.Client(base_url=base, timeout=60) as web:
        broken = web.post(URL, json=body("break"))
        assert broken.status_code == 500
        assert "secret" not in broken.text
        assert web.post(URL, json=body()).status_code == 200


def test_only_who_has_a_key_may_ask() -> None:
    app = create_app(Weights(), limits=Limits(keys=("first-key", "second-key")))
    with running(app) as base, httpx.Client(base_url=base, timeout=60) as web:
        assert web.get("/health").status_code == web.get("/ready").status_code == 200
        for path in ("/v1/models", "/metrics"):
            assert web.get(path).status_code == 401
            for header in ("Bearer wrong", "Basic first-key", "Bearer first", "first-key"):
                assert web.get(path, headers={"Authorization": header}).status_code == 401
            for key in ("first-key", "second-key"):
                reply = web.get(path, headers={"Authorization": f"Bearer {key}"})
                assert reply.status_code == 200


def test_elsewhere_than_on_this_machine_keys_are_required(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_API_KEYS", raising=False)
    with pytest.raises(WorkbenchError, match="anybody who reaches this machine"):
        serve(tmp_path, host="0.0.0.0")  # type: ignore[arg-type]


def test_a_large_body_is_refused_told_or_not() -> None:
    app = create_app(Weights(), limits=Limits(body=2000))
    with running(app) as base, httpx.Client(base_url=base, timeout=60) as web:
        assert web.post(URL, json=body("x" * 3000)).status_code == 413

        def chunks() -> Iterator[bytes]:
            for _ in range(100):
                yield b" " * 100

        assert web.post(URL, content=chunks()).status_code == 413
        assert web.post(URL, json=body()).status_code == 200


def test_half_sent_requests_are_closed() -> None:
    app = create_app(Weights(), limits=Limits(seconds=0.3))
    with running(app, http=impatient(0.3)) as base:
        host, port = base.removeprefix("http://").split(":")
        for sent in (b"", b"POST /v1/chat/comp", b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n{"):
            with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as line:
                line.sendall(sent)
                # Closed by the server: the read ends, with a refusal where a head was sent.
                reply = line.recv(4096)
                assert reply == b"" or reply.startswith(b"HTTP/1.1 4")
        assert httpx.get(f"{base}/health").status_code == 200


def test_what_no_tokenizer_takes_and_null_are_taken() -> None:
    with running(create_app(Weights())) as base, httpx.Client(base_url=base, timeout=60) as web:
        sent = json.dumps(body("who \ud800 kept it", stream=None))
        reply = web.post(URL, content=sent, headers={"Content-Type": "application/json"})
        assert reply.status_code == 200
        assert reply.json()["choices"][0]["message"]["content"] == "who ? kept it "


def test_no_page_of_the_web_may_ask_unless_it_is_named() -> None:
    origin = {"Origin": "https://page.example"}
    with running(create_app(Weights())) as base:
        assert (
            "access-control-allow-origin" not in httpx.get(f"{base}/health", headers=origin).headers
        )
    named = create_app(Weights(), limits=Limits(origins=("https://page.example",)))
    with running(named) as base:
        reply = httpx.get(f"{base}/health", headers=origin)
        assert reply.headers["access-control-allow-origin"] == "https://page.example"
