"""Tokens of an endpoint's prompts: counted without its tokenizer, then as it charges."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.servers.chat import ChatServer
from workbench.models import tokens
from workbench.models.budget import counted_input, most_input
from workbench.models.endpoint import EndpointModel
from workbench.models.tokens import Charges, estimated_tokens, rough_tokens
from workbench.types import Decoding, Message, ModelReference, Prompt

ENGLISH = "The miller of Harrow kept the bridge and the ferry for thirty years."
CHINESE = "渡口的老人守着桥和渡船三十年。"
CODE = "def twice(value: int) -> int:\n    return value * 2  # as asked\n"


@pytest.mark.parametrize(
    ("text", "known"),
    # As OpenAI's cookbook counts them by o200k_base ("How to count tokens with tiktoken").
    [("antidisestablishmentarianism", 6), ("2 + 2 = 4", 7), ("お誕生日おめでとう", 8), ("", 0)],
)
def test_texts_are_counted_by_the_shipped_vocabulary(text: str, known: int) -> None:
    assert estimated_tokens(text) == known


def test_spellings_of_special_tokens_are_text() -> None:
    assert estimated_tokens("<|endoftext|>") > 1


@pytest.mark.parametrize(
    "text", [" " * 1_000_000, "a" * 300_000, "渡" * 50_000, "\ud800 lone", "\x00\n" * 9_999]
)
def test_no_text_is_too_odd_to_be_counted(text: str) -> None:
    assert 0 < estimated_tokens(text) <= 2 * len(text) + 4


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_a_token_is_a_byte_at_least(text: str) -> None:
    assert bool(text) <= estimated_tokens(text) <= len(text.encode())


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, CODE])
def test_a_long_text_is_counted_in_parts_to_the_same(text: str) -> None:
    whole, one = estimated_tokens(text * 1500), estimated_tokens(text)
    assert whole == pytest.approx(1500 * one, rel=0.1)


def test_nothing_is_downloaded_and_the_environment_is_left_alone() -> None:
    code = (
        "import os, socket\n"
        "def refuse(*_, **__): raise AssertionError('the network was asked')\n"
        "socket.socket.connect = refuse\n"
        "from workbench.models.tokens import estimated_tokens\n"
        "print(estimated_tokens('渡口的老人'), os.environ.get('TIKTOKEN_CACHE_DIR'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "TIKTOKEN_CACHE_DIR": "/nowhere"},
    )  # fmt: skip
    assert done.stdout.split() == [str(estimated_tokens("渡口的老人")), "/nowhere"], done.stderr


def test_without_the_vocabulary_characters_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_vocabulary", lambda: None)
    assert estimated_tokens(ENGLISH) == rough_tokens(ENGLISH) == 17
    assert estimated_tokens(CHINESE) == 15 == len(CHINESE)


@given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)), max_size=12))
def test_charges_are_all_that_was_charged_for_all_that_was_counted(
    replies: list[tuple[int, int]],
) -> None:
    charges = Charges()
    for counted, charged in replies:
        charges.note(counted, charged)
    if len(replies) < Charges.FIRST:
        assert charges.ratio == 1.0
    else:
        counted, charged = (sum(column) for column in zip(*replies, strict=True))
        assert charges.ratio == pytest.approx(charged / counted)


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.mark.parametrize("factor", [0.6, 1.0, 2.5])
def test_a_prompt_is_reserved_as_the_server_charges(server: ChatServer, factor: float) -> None:
    """A server whose tokenizer cuts ``factor`` times as finely."""
    loaded = EndpointModel(ModelReference("m", endpoint=server.url))
    prompts = [Prompt((Message("user", f"{ENGLISH} {CHINESE} " * n),)) for n in range(1, 9)]
    last = prompts[-1]
    counted = counted_input(loaded, last)
    assert most_input(loaded, last) == round(1.2 * counted), "before a reply the count stands"
    for prompt in prompts:
        server.usage = (round(factor * counted_input(loaded, prompt)), 3)
        (answer,) = loaded.complete([prompt], Decoding())
        assert answer.input_tokens == server.usage[0]
    assert most_input(loaded, last) == pytest.approx(1.2 * factor * counted, rel=0.02)
    assert counted_input(loaded, last) == counted, "what prompts are cut by does not change"


def test_a_reply_without_usage_is_reckoned_by_those_with(server: ChatServer) -> None:
    loaded = EndpointModel(ModelReference("m", endpoint=server.url))
    prompt = Prompt((Message("user", ENGLISH * 4),))
    server.usage = (3 * counted_input(loaded, prompt), 3)
    loaded.complete([prompt] * 6, Decoding())
    server.always = (200, {}, '{"choices": [{"message": {"content": "salt"}}]}')
    (answer,) = loaded.complete([prompt], Decoding())
    assert answer.input_tokens == 3 * counted_input(loaded, prompt)
