"""What a client asks for: one question, with the turns before it, or a search for passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.serve.protocol import ChatRequest, RefusalError
from workbench.types import Message

LONGEST_QUESTION = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the turns before it.

    With ``search`` only its passages are wanted: ``top_k`` of them, or as many as usual (None).
    """

    question: str
    earlier: tuple[Message, ...] = ()
    search: bool = False
    top_k: int | None = None


def known_variant(name: str, names: Sequence[str]) -> str:
    """The variant's name; RefusalError (404) where the run has none of it."""
    if name in names:
        return name
    raise RefusalError(
        404,
        f"There is no variant {name[:80]!r} in this run; it has {', '.join(names)}.",
        "invalid_request_error", "model", "model_not_found",
    )  # fmt: skip


def asked_in(request: ChatRequest, names: Sequence[str]) -> tuple[Asked, list[str]]:
    """A request's question, and which of its parts are ignored; or RefusalError."""
    known_variant(request.model, names)
    if (request.n or 1) != 1:
        raise RefusalError(
            400, "Only one answer is given: n must be 1.", "invalid_request_error", "n"
        )
    places = [at for at, message in enumerate(request.messages) if message.role == "user"]
    last = places[-1] if places else len(request.messages)
    said = "The last user message is the question, and there is none with text."
    asked = request.messages[last].text if places else ""
    question = question_of(asked, said, "messages")
    earlier = tuple(
        Message(message.role, plain(message.text))
        for message in request.messages[:last]
        if message.role in ("user", "assistant") and message.text.strip()
    )
    ignored = sorted(request.model_extra or {})
    # The prompt is the run's own, so that a live answer is the one that was examined.
    roles = {message.role for message in request.messages}
    ignored += ["system messages"] * bool(roles & {"system", "developer"})
    ignored += ["tool messages"] * ("tool" in roles)
    ignored += ["messages after the last user message"] * (last + 1 < len(request.messages))
    return Asked(question, earlier), ignored


def question_of(text: str, none: str, key: str) -> str:
    """The text as a question; RefusalError with ``none`` where there is none, or it is too long."""
    question = plain(text)
    if not question:
        raise RefusalError(400, none, "invalid_request_error", key)
    if len(question) > LONGEST_QUESTION:
        raise RefusalError(
            400,
            f"The question has {len(question):,} characters; {LONGEST_QUESTION:,} are allowed.",
            "invalid_request_error", key, "context_length_exceeded",
        )  # fmt: skip
    return question


def plain(text: str) -> str:
    """The text without lone surrogates, which are no characters: no tokenizer takes them."""
    return text.encode("utf-8", "replace").decode("utf-8").strip()
