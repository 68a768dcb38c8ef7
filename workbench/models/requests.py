"""Asking a server with patience: pace, retries, and knowing when to give up.

Servers may be only nearly compatible, so replies are read with care: whatever is missing is a
:class:`MalformedReply`, never an AttributeError somewhere later.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import openai

log = logging.getLogger(__name__)

ATTEMPTS = 5
ATTEMPTS_UNREACHED = 2
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
LONGEST_RETRY_AFTER_S = 120.0
GIVE_UP_AFTER = 4
# What openai's own client retries, and 425 (Too Early).
RETRIED = frozenset({408, 409, 425, 429})

T = TypeVar("T")


class MalformedReply(Exception):  # noqa: N818 - it is a reply, and what is wrong with it
    """The server answered, but not in the protocol."""


class Pace:
    """Spaces the starts of requests evenly under a number per minute; None: no limit."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until the next request may start."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._gap
        # Outside the lock, so that others can reserve their starts meanwhile.
        time.sleep(max(0.0, start - now))


class Breaker:
    """Opens when several requests in a row reach no server: the rest then fail at once."""

    def __init__(self, after: int = GIVE_UP_AFTER) -> None:
        self._after = after
        self._row = 0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._row >= self._after

    def note(self, reached: bool) -> None:
        with self._lock:
            self._row = 0 if reached else self._row + 1


def patiently(ask: Callable[[], T], pace: Pace, breaker: Breaker) -> T:
    """``ask()``, repeated on 429, 5xx and lost connections; the last error is raised.

    Waits as long as Retry-After says, else twice as long each time, with jitter so that several
    threads do not come back at once.
    """
    for attempt in range(1, ATTEMPTS + 1):
        pace.wait()
        try:
            answer = ask()
        except (openai.APIConnectionError, openai.APIStatusError) as error:
            reached = isinstance(error, openai.APIStatusError)
            most = ATTEMPTS if reached else ATTEMPTS_UNREACHED
            if attempt >= most or breaker.is_open or not _is_passing(error):
                breaker.note(reached)
                raise
            wait = _wait_s(error, attempt)
            log.info("asking again in %.1f s: %s", wait, explained(error))
            time.sleep(wait)
        else:
            breaker.note(True)
            return answer
    raise AssertionError("the last attempt returns or raises")


def _is_passing(error: Exception) -> bool:
    if isinstance(error, openai.APIStatusError):
        return error.status_code in RETRIED or error.status_code >= 500
    return True


def _wait_s(error: Exception, attempt: int) -> float:
    if isinstance(error, openai.APIStatusError):
        asked = error.response.headers.get("retry-after", "")
        try:
            seconds = float(asked)
        except ValueError:
            seconds = _until(asked)
        if 0 < seconds <= LONGEST_RETRY_AFTER_S:
            return seconds
    doubled = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1))
    return doubled * random.uniform(0.75, 1.0)  # jitter decides no result


def _until(date: str) -> float:
    """Seconds until an HTTP date; 0 if it is none."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0.0


def is_permanent(error: Exception) -> bool:
    """Whether asking anything else of this server and model is bound to fail too."""
    return isinstance(
        error,
        openai.AuthenticationError | openai.PermissionDeniedError | openai.NotFoundError,
    )


def explained(error: Exception) -> str:
    """One phrase for a failed request; it quotes the server's message, never the request."""
    # First: a timeout is a connection error too.
    if isinstance(error, openai.APITimeoutError):
        return "no answer within the time limit"
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        return f"no connection: {cause}" if cause else "no connection"
    if isinstance(error, openai.APIStatusError):
        body = error.body if isinstance(error.body, Mapping) else {}
        sentences = " ".join(str(body.get("message") or "").split())[:200]
        return f"the server answered {error.status_code}" + (f": {sentences}" if sentences else "")
    if isinstance(error, MalformedReply):
        return str(error)
    return f"the reply cannot be read ({type(error).__name__})"


@dataclass(frozen=True)
class Reply:
    """What a chat completion says; what the server does not give is None.

    ``log_probabilities`` (natural) are those of its tokens.
    """

    text: str
    finish: Literal["stop", "length"]
    input_tokens: int | None
    output_tokens: int | None
    log_probabilities: tuple[float, ...] | None = None


def read_reply(reply: Any) -> Reply:
    """The text and use of a chat completion; MalformedReply where it has none."""
    choices = getattr(reply, "choices", None)
    if not isinstance(choices, list) or not choices:
        raise MalformedReply("the reply holds no choices")
    message = getattr(choices[0], "message", None)
    text = getattr(message, "content", None)
    reason = getattr(choices[0], "finish_reason", None)
    # Before the text: a filtered reply may still carry part of one.
    if reason == "content_filter":
        raise MalformedReply("the server's filter withheld the answer")
    if not isinstance(text, str):
        refusal = getattr(message, "refusal", None)
        raise MalformedReply(f"the model refused: {refusal}" if refusal else "the reply is empty")
    usage = getattr(reply, "usage", None)
    return Reply(
        text,
        "length" if reason == "length" else "stop",
        _count(getattr(usage, "prompt_tokens", None)),
        _count(getattr(usage, "completion_tokens", None)),
        _log_probabilities(choices[0]),
    )


def _log_probabilities(choice: Any) -> tuple[float, ...] | None:
    """Those of a reply's tokens; None where the server told none, or of some only."""
    listed = getattr(getattr(choice, "logprobs", None), "content", None)
    if not isinstance(listed, list) or not listed:
        return None
    values = [getattr(token, "logprob", None) for token in listed]
    known = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return tuple(known) if len(known) == len(values) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def adapt(error: openai.APIStatusError, body: Mapping[str, Any]) -> dict[str, str | None] | None:
    """Which parameter to rename (or drop: None) so that this server takes the request."""
    detail = error.body if isinstance(error.body, Mapping) else {}
    sentences = f"{detail.get('param') or ''} {detail.get('message') or ''}"
    # OpenAI's reasoning models take only the newer name, and only the default temperature.
    if "max_tokens" in body and "max_tokens" in sentences and "max_completion_tokens" in sentences:
        return {"max_tokens": "max_completion_tokens"}
    # Some models tell no probabilities and say so in any of several ways.
    if "logprobs" in body and "logprobs" in sentences:
        return {"logprobs": None}
    for name in ("temperature", "top_p", "seed"):
        if name in body and detail.get("param") == name:
            return {name: None}
    return None
