"""What every language model promises, whatever runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from zlib import crc32

import pytest

from tests.support.servers.chat import ChatServer
from workbench.errors import WorkbenchError
from workbench.models import load
from workbench.types import Completion, Decoding, LanguageModel, Message, ModelReference, Prompt
from workbench.variants.prompting import open_book


def hashed(body: dict[str, Any]) -> str:
    """Two words that tell one prompt from another."""
    return f"echo {crc32(json.dumps(body['messages']).encode()):x}"


#: Every way to name a model, and what the reference to one of it is. A way that is added to
#: ``workbench.models.load`` gets a line here.
KINDS = {
    "transformers": lambda asked, stack: {"name": str(asked("tiny_folder"))},
    "reader": lambda asked, stack: {"name": "reader"},
    "endpoint": lambda asked, stack: {"name": "m", "endpoint": stack(ChatServer(hashed)).url},
}
DECODING = Decoding(max_new_tokens=6)
PLACES = ("Harrow", "the old mill", "Brannock by the sea", "Carrow")


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest) -> Iterator[LanguageModel]:
    with ExitStack() as stack:
        values = KINDS[request.param](request.getfixturevalue, stack.enter_context)
        yield load(ModelReference(precision="float32", device="cpu", **values))


def asked(model: LanguageModel, *places: str) -> list[Prompt]:
    """Questions of different lengths in the model's own form."""
    book = open_book(model.prompt_format, "Answer questions.", "Be brief.")
    return [
        book.render("Where did Anna live?", ["A bridge. " * (n + 1), f"Anna lived at {place}."])
        for n, place in enumerate(places)
    ]


def told(completions: list[Completion]) -> list[tuple[Any, ...]]:
    """All that must not change from one asking to the next: not the time."""
    return [(c.text, c.input_tokens, c.output_tokens, c.finish, c.error) for c in completions]


def test_it_says_what_it_is(model: LanguageModel) -> None:
    assert isinstance(model.reference, ModelReference)
    assert model.context_window > 32
    book = open_book(model.prompt_format, "Answer questions.", "Be brief.")
    assert "Who?" in book.render("Who?").text


def test_tokens_are_counted_of_the_text_alone(model: LanguageModel) -> None:
    text = "The miller of Harrow kept the bridge."
    assert model.count_tokens("") == 0
    assert 0 < model.count_tokens(text) < len(text)
    assert model.count_tokens(f"{text} {text}") > model.count_tokens(text)


def test_each_prompt_has_its_completion_in_order_as_if_it_were_alone(
    model: LanguageModel,
) -> None:
    prompts = asked(model, *PLACES)
    together = model.complete(prompts, DECODING)
    assert len({item.text for item in together}) > 1, "prompts that tell nothing apart"
    assert told(together) == [told(model.complete([p], DECODING))[0] for p in prompts]
    assert told(model.complete(prompts[::-1], DECODING)) == told(together)[::-1]
    assert model.complete([], DECODING) == []


def test_a_completion_tells_its_tokens_its_time_and_how_it_ended(model: LanguageModel) -> None:
    for item in model.complete(asked(model, *PLACES), DECODING):
        assert item.error is None and item.finish in ("stop", "length")
        assert item.input_tokens > 0 and 0 < item.output_tokens <= DECODING.max_new_tokens
        assert item.seconds > 0
        assert item.text == item.text.strip()
        assert item.confidence is None or 0 < item.confidence <= 1
        assert item.confidence is not None or model.reference.endpoint


def test_what_cannot_be_answered_is_a_completion_with_an_error(model: LanguageModel) -> None:
    """Past any window, or refused by the server; the question beside it is answered."""
    good, *_ = asked(model, "Harrow")
    endless = Prompt((Message("user", "bridge " * 40_000),))
    first, second = model.complete([endless, good], DECODING)
    assert second.finish != "error" and second.text
    assert (first.finish == "error") == (first.error is not None)
    assert first.finish == "error" or model.reference.endpoint


def test_a_stream_is_the_same_completion_in_pieces(model: LanguageModel) -> None:
    (prompt,) = asked(model, "the old mill")
    (whole,) = model.complete([prompt], DECODING)
    pieces = list(model.stream(prompt, DECODING))
    assert "".join(pieces).strip() == whole.text
    assert 1 <= len(pieces) <= DECODING.max_new_tokens


def test_likelihoods_are_those_of_each_pair_or_are_refused(model: LanguageModel) -> None:
    prompts, replies = asked(model, *PLACES), ["the bridge", "Anna", "a red boat", "thirty years"]
    try:
        values = model.log_likelihood(prompts, replies)
    except WorkbenchError as error:
        assert error.hint
        return
    assert len(set(values)) == len(prompts) and all(value < 0 for value in values)
    alone = [model.log_likelihood([p], [r])[0] for p, r in zip(prompts, replies, strict=True)]
    assert values == pytest.approx(alone, abs=1e-4)
    assert model.log_likelihood([], []) == []


def test_without_an_adapter_it_is_the_base_model_and_a_missing_one_is_a_fault(
    model: LanguageModel,
) -> None:
    prompts = asked(model, *PLACES[:2])
    base = model.with_adapter(None)
    assert told(base.complete(prompts, DECODING)) == told(model.complete(prompts, DECODING))
    assert base.reference.adapter is None
    with pytest.raises(WorkbenchError):
        model.with_adapter("no/such/adapter")
