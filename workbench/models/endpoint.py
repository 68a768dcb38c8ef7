"""Any OpenAI-compatible endpoint (Ollama, vLLM, OpenAI and their like) as a language model.

A question that fails is a completion with an error; a server that cannot be reached, or that
refuses the key or the model from the start, is a WorkbenchError. The key is read from the
environment and appears in no log, error or representation.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import httpx
import openai

from workbench.errors import WorkbenchError
from workbench.models.complaints import adapt, is_spent, said
from workbench.models.confidence import confidence
from workbench.models.requests import (
    Breaker,
    InFlight,
    MalformedReply,
    Pace,
    StoppedError,
    explained,
    is_passing,
    is_permanent,
    patiently,
    read_reply,
)
from workbench.models.roles import without_system
from workbench.models.thoughts import CUT_INSIDE, shown
from workbench.models.tokens import estimated_tokens
from workbench.types import Completion, Decoding, ModelReference, Prompt

log = logging.getLogger(__name__)

IN_FLIGHT, MOST_IN_FLIGHT = 8, 64
DEFAULT_WINDOW = 8192
PROBE_TIMEOUT_S = 5.0
# Without a key openai takes OPENAI_API_KEY, and would send it to whatever endpoint is named.
NO_KEY = "none"


class EndpointModel:
    """A model behind a chat-completions API; implements ``types.LanguageModel``.

    ``in_flight`` requests run at once in the beginning, more where the server keeps up and fewer
    where it does not; ``reference.requests_per_minute`` spaces their starts. ``waited_s`` is what
    the last stream waited before its last try began.
    """

    def __init__(self, reference: ModelReference, in_flight: int = IN_FLIGHT) -> None:
        if reference.endpoint is None:
            raise WorkbenchError("An endpoint model needs the endpoint's base URL.", "Set it.")
        if not reference.endpoint.startswith(("http://", "https://")):
            raise WorkbenchError(
                f"The endpoint {reference.endpoint!r} is no URL.",
                "Write it as http://host:port/v1 or https://…",
            )
        self._reference = reference
        self._in_flight = InFlight(in_flight, max(in_flight, MOST_IN_FLIGHT))
        self.waited_s = 0.0
        key = _key(reference)
        self._client = openai.OpenAI(
            base_url=reference.endpoint,
            api_key=key,
            timeout=reference.timeout_s,
            max_retries=0,  # retries go through the pace, see requests.patiently
        )
        # A closure: the key itself stands in no attribute that a log or a test could print.
        self._without_key = _hider(key)
        self._pace = Pace(reference.requests_per_minute)
        self._changes: dict[str, str | None] = {}
        self._answered = False

    def __repr__(self) -> str:
        return f"EndpointModel({self._reference.name!r} at {self._reference.endpoint!r})"

    @property
    def reference(self) -> ModelReference:
        return self._reference

    @property
    def prompt_format(self) -> str:
        return "chat"

    @property
    def context_window(self) -> int:
        return self._reference.context_window or DEFAULT_WINDOW

    def check(self) -> None:
        """Raise WorkbenchError unless a server answers at the URL and takes the key."""
        try:
            self._client.models.list(timeout=PROBE_TIMEOUT_S)
        except (openai.APIConnectionError, openai.AuthenticationError) as error:
            raise self._unusable(error) from error
        # Not every compatible server lists its models: an answer of any kind will do.
        except (openai.APIError, ValueError) as error:
            log.info("%r lists no models: %s", self, type(error).__name__)

    def count_tokens(self, text: str) -> int:
        """An estimate, see :func:`workbench.models.tokens.estimated_tokens`."""
        return estimated_tokens(text)

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        done: dict[int, Completion] = {}
        for batch in self.complete_batches(prompts, decoding):
            done.update(batch)
        return [done[i] for i in range(len(prompts))]

    def complete_batches(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[list[tuple[int, Completion]]]:
        """(index, completion) as each reply comes in; several requests run at once."""
        breaker = Breaker()
        most = min(MOST_IN_FLIGHT, max(1, len(prompts)))
        pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix="endpoint")
        try:
            futures = {
                pool.submit(self._one, prompt, decoding, breaker): i
                for i, prompt in enumerate(prompts)
            }
            for future in as_completed(futures):
                yield [(futures[future], future.result())]
        finally:
            # A caller that stops early must not wait for the requests under way.
            pool.shutdown(wait=False, cancel_futures=True)

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        began = time.perf_counter()

        def ask() -> Any:
            self.waited_s = time.perf_counter() - began
            return self._create(prompt, decoding, stream=True)

        try:
            streamed = False
            for piece in shown(_contents(patiently(ask, self._pace, Breaker()))):
                streamed = True
                yield piece
            if not streamed:
                # A server that takes no notice of ``stream`` has answered in one piece, unread.
                reply = patiently(
                    lambda: read_reply(self._create(prompt, decoding, stream=False)),
                    self._pace, Breaker(),
                )  # fmt: skip
                yield reply.text.strip()
        except (openai.OpenAIError, httpx.HTTPError, MalformedReply, ValueError) as error:
            raise self._unusable(error) from error
        self._answered = True

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        raise WorkbenchError(
            f"The endpoint's model {self._reference.name!r} does not tell the probability of a "
            "given text.",
            "Use a local model where likelihoods are needed (reranking, perplexity).",
        )

    def with_adapter(self, adapter: str | None) -> EndpointModel:
        if adapter is None:
            return self
        raise WorkbenchError(
            f"The adapter {adapter!r} cannot be sent to the endpoint {self._reference.endpoint!r}.",
            "Tune there and give the tuned model's name as a variant's model.",
        )

    def _one(self, prompt: Prompt, decoding: Decoding, breaker: Breaker) -> Completion:
        if breaker.is_open:
            return self._failed(prompt, str(StoppedError()), passing=True)
        clock = _Clock()

        def ask() -> Any:
            with self._in_flight.turn():
                if breaker.is_open:
                    raise StoppedError
                # Patience, and the clock, begin when its turn has come.
                clock.start()
                try:
                    reply = read_reply(self._create(prompt, decoding, stream=False))
                except (openai.APITimeoutError, openai.InternalServerError, openai.RateLimitError):
                    self._in_flight.refused()
                    raise
                self._in_flight.answered(clock.seconds())
                return reply

        try:
            reply = patiently(ask, self._pace, breaker)
        except (openai.OpenAIError, httpx.HTTPError, MalformedReply, ValueError) as error:
            # After one answer a refused text concerns this question alone; a key, a model or an
            # account that the server refuses meets all.
            for_good = not isinstance(error, openai.PermissionDeniedError) or is_spent(error)
            if is_permanent(error) and (for_good or not self._answered):
                raise self._unusable(error) from error
            return self._failed(prompt, explained(error), is_passing(error))
        self._answered = True
        return Completion(
            text=self._without_key(reply.text.strip()),
            input_tokens=reply.input_tokens or self.count_tokens(prompt.text),
            output_tokens=reply.output_tokens or self.count_tokens(reply.text),
            seconds=clock.seconds(),
            finish="error" if reply.fault else reply.finish,
            error=reply.fault,
            confidence=confidence(reply.log_probabilities or ()),
        )

    def _create(self, prompt: Prompt, decoding: Decoding, stream: bool) -> Any:
        """One request; a parameter that the server does not know is changed for good."""
        while True:
            body: dict[str, Any] = {
                "max_tokens": decoding.most_new_tokens,
                "temperature": decoding.temperature,
                "top_p": decoding.top_p,
                "seed": decoding.seed,
            }
            if decoding.confidence and not stream:
                body["logprobs"] = True
            # A copy: other threads may add to it meanwhile.
            used = dict(self._changes)
            changes = dict(used)
            folded = changes.pop("system", None) is not None
            for old, new in changes.items():
                value = body.pop(old, None)
                if new is not None:
                    body[new] = value
            messages: Any = [{"role": m.role, "content": m.content} for m in prompt.messages]
            if folded:
                messages = without_system(messages)
            try:
                return self._client.chat.completions.create(
                    model=self._reference.name, messages=messages, stream=stream, **body
                )
            except (
                openai.BadRequestError,
                openai.PermissionDeniedError,
                openai.UnprocessableEntityError,
            ) as error:
                change = adapt(error, body)
                # What has been tried and is still complained of is another fault.
                if change is None or change.items() <= used.items():
                    raise
                self._changes.update(change)
                log.warning("%r does not take %s", self, ", ".join(change))

    def _failed(self, prompt: Prompt, sentence: str, passing: bool = False) -> Completion:
        tokens = self.count_tokens(prompt.text)
        return Completion(
            "", tokens, 0, 0.0, finish="error", error=self._without_key(sentence), passing=passing
        )

    def _told(self, error: Exception) -> str:
        return self._without_key(explained(error))

    def _unusable(self, error: Exception) -> WorkbenchError:
        endpoint, name = self._reference.endpoint, self._reference.name
        words = self._without_key(said(error)) if isinstance(error, openai.APIStatusError) else ""
        told = f" ({words})" if words else ""
        if is_spent(error):
            return WorkbenchError(
                f"The account at {endpoint} is spent{told}.",
                "Top it up or name another endpoint, and run again: what was answered is kept.",
            )
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return WorkbenchError(
                f"The endpoint {endpoint} refuses the key{told}.",
                f"Put a valid key into {self._reference.key_env or 'a variable named by key_env'}.",
            )
        if isinstance(error, openai.APITimeoutError):
            return WorkbenchError(
                f"The endpoint {endpoint} gave no answer within timeout_s = "
                f"{self._reference.timeout_s:g} s.",
                "Raise model.timeout_s, or see whether the server is busy.",
            )
        if isinstance(error, openai.NotFoundError):
            return WorkbenchError(
                f"The endpoint {endpoint} knows no model {name!r}, or is not a base URL{told}.",
                "Check the model's name, and that the URL ends where /chat/completions follows.",
            )
        if isinstance(error, openai.APIConnectionError):
            return WorkbenchError(
                f"The endpoint {endpoint} cannot be reached ({self._told(error)}).",
                "Start the server, or mend the address in the experiment.",
            )
        refused = isinstance(error, openai.APIStatusError) and error.status_code < 500
        return WorkbenchError(
            f"The endpoint {endpoint} failed: {self._told(error)}.",
            "Mend what it names in the experiment, or name another endpoint."
            if refused
            else "Run again: what was answered is kept.",
        )


class _Clock:
    """Seconds since the last start: waiting for a retry is not counted."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def start(self) -> None:
        self._since = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._since


def _contents(chunks: Any) -> Iterator[str]:
    """The texts of a stream; chunks without one (usage, role, keep-alive) are passed over."""
    finish = text = None
    thought = False
    for chunk in chunks:
        for choice in (getattr(chunk, "choices", None) or [])[:1]:
            delta = getattr(choice, "delta", None)
            finish = getattr(choice, "finish_reason", None) or finish
            thought = thought or bool(getattr(delta, "reasoning_content", None))
            content = getattr(delta, "content", None)
            if isinstance(content, str) and content:
                text = content
                yield content
    if text is None and thought:
        raise MalformedReply(CUT_INSIDE)


def _hider(key: str) -> Callable[[str], str]:
    """What takes the key out of a server's text: one that echoes what it was sent must not put it
    into a record."""
    return lambda text: text if key == NO_KEY else text.replace(key, "[key]")


def _key(reference: ModelReference) -> str:
    if reference.key_env is None:
        return NO_KEY
    key = os.environ.get(reference.key_env, "").strip()
    if not key:
        raise WorkbenchError(
            f"The environment variable {reference.key_env} holds no key for {reference.endpoint}.",
            f"export {reference.key_env}=… and run again.",
        )
    return key
