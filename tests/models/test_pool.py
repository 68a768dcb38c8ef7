"""Several servers of one model, real ones on this machine: balanced, and one may die."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.models.test_served import adapter
from tests.support.servers.chat import ChatServer
from tests.support.servers.vllm import VllmServer
from workbench.errors import WorkbenchError
from workbench.models import leaves_machine, load, requests
from workbench.models.pool import PooledModel
from workbench.types import Decoding, Message, ModelReference, Prompt


def prompt(text: str) -> Prompt:
    return Prompt((Message("user", text),))


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ChatServer, ChatServer]]:
    monkeypatch.setattr(requests, "FIRST_WAIT_S", 0.01)
    with ChatServer() as one, ChatServer() as two:
        one.delay = two.delay = 0.02
        yield one, two


def pooled(one: ChatServer, *others: ChatServer) -> Any:
    urls = tuple(server.url for server in others)
    return load(ModelReference("m", endpoint=one.url, replicas=urls, timeout_s=20.0))


def test_both_servers_answer_and_the_answers_keep_their_order(servers) -> None:
    one, two = servers
    model = pooled(one, two)
    assert isinstance(model, PooledModel)
    answers = model.complete([prompt(f"say w{i}") for i in range(40)], Decoding())
    assert [a.text for a in answers] == [f"echo w{i}" for i in range(40)]
    assert len(one.asked) + len(two.asked) == 40
    assert min(len(one.asked), len(two.asked)) >= 5


def test_a_server_that_dies_meanwhile_loses_no_question(servers) -> None:
    one, two = servers
    model = pooled(one, two)
    say, dead = two.say, threading.Event()

    def dying(body: dict[str, Any]) -> str:
        if len(two.asked) > 5:
            dead.set()
        return say(body)

    def kill(body: dict[str, Any]) -> Any:
        return (503, {}, "{}") if dead.is_set() else None

    two.say, two.refuse = dying, kill
    answers = model.complete([prompt(f"say w{i}") for i in range(60)], Decoding())
    assert dead.is_set()
    assert [a.text for a in answers] == [f"echo w{i}" for i in range(60)]


def test_a_server_that_is_not_there_is_left_out(servers) -> None:
    one, two = servers
    gone = ChatServer()
    gone.server_close()
    model = load(ModelReference("m", endpoint=gone.url, replicas=(one.url, two.url)))
    assert [a.text for a in model.complete([prompt("say a")], Decoding())] == ["echo a"]
    assert "".join(model.stream(prompt("say b"), Decoding())) == "echo b"


def test_a_server_that_closes_after_the_check_leaves_its_questions_to_the_other(servers) -> None:
    one, two = servers
    model = pooled(one, two)
    two.stop()
    answers = model.complete([prompt(f"say w{i}") for i in range(12)], Decoding())
    assert [a.text for a in answers] == [f"echo w{i}" for i in range(12)]
    assert "".join(model.stream(prompt("say b"), Decoding())) == "echo b"


def test_without_any_server_the_first_one_is_named() -> None:
    gone = [ChatServer(), ChatServer()]
    for server in gone:
        server.server_close()
    with pytest.raises(WorkbenchError, match=gone[0].url):
        pooled(*gone)


def test_an_adapter_is_put_on_each_server_that_is_there(tmp_path: Path) -> None:
    with VllmServer("tiny", lambda body: f"by {body['model']}") as one, VllmServer("tiny") as two:
        base = load(ModelReference("tiny", served_by=one.url, replicas=(two.url,)))
        folders = [adapter(tmp_path / "a"), adapter(tmp_path / "b", b"two")]
        base.with_adapter(folders[0])
        assert len(one.adapters) == len(two.adapters) == 1
        two.stop()
        tuned = base.with_adapter(folders[1])
        assert len(one.adapters) == 2
        assert tuned.complete([prompt("say a")], Decoding())[0].text.startswith("by workbench-")


def test_text_leaves_the_machine_where_one_of_the_addresses_is_elsewhere() -> None:
    here = ModelReference("m", endpoint="http://127.0.0.1:1/v1", replicas=("http://localhost:2",))
    there = ModelReference("m", endpoint="http://127.0.0.1:1/v1", replicas=("https://far.example",))
    assert not leaves_machine(here) and leaves_machine(there)
