"""Any OpenAI-compatible endpoint (Ollama, vLLM, OpenAI and their like) as a language model.

A question that fails is a completion with an error; a server that cannot be reached, or that
refuses the key or the model from the start, is a WorkbenchError. The key is read from the
environment and appears in no log, error or representation.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import openai
from openai.types.chat import ChatCompletionChunk

from workbench.errors import WorkbenchError
from workbench.models.api_key import hider, key_of
from workbench.models.batching import at_once, in_order
from workbench.models.budget import counted_input
from workbench.models.complaints import adapt
from workbench.models.confidence import confidence
from workbench.models.endpoint_faults import unusable
from workbench.models.hosted import hosted_name
from workbench.models.posting import Connections
from workbench.models.replies import (
    MalformedReply,
    Reply,
    read_continued,
    read_reply,
    streamed_contents,
)
from workbench.models.request_body import request_body
from workbench.models.requests import (
    FAULTS,
    Breaker,
    Clock,
    InFlight,
    Pace,
    StoppedError,
    explained,
    in_turn,
    is_passing,
    meets_all,
    patiently,
)
from workbench.models.thoughts import shown
from workbench.models.tokens import Charges, estimated_tokens
from workbench.types import Completion, Decoding, Message, ModelReference, Prompt

log = logging.getLogger(__name__)

IN_FLIGHT, MOST_IN_FLIGHT = 2, 64
DEFAULT_WINDOW = 8192
CONNECT_TIMEOUT_S = 5.0
PATH = "/chat/completions"
#: By what a server says that it goes on with no text by itself, or not with this model.
NO_COMPLETIONS = frozenset({400, 403, 404, 405, 422, 501})

T = TypeVar("T")


def patience(timeout_s: float) -> httpx.Timeout:
    """How long a server is waited for that is only met: it connects soon or is not there, but one
    that answers one request at a time may be at work on another."""
    return httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S))


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
        key = key_of(reference)
        self._client = openai.OpenAI(
            base_url=reference.endpoint,
            api_key=key,
            timeout=reference.timeout_s,
            max_retries=0,  # retries go through the pace, see requests.patiently
        )
        # A closure: the key itself stands in no attribute that a log or a test could print.
        self._without_key = hider(key)
        self._connections = Connections.of(self._client, reference.timeout_s, self._in_flight.most)
        self._pace = Pace(reference.requests_per_minute)
        self._changes: dict[str, str | None] = {}
        self._charges = Charges()
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
            self._client.models.list(timeout=patience(self._reference.timeout_s))
        except (openai.APIConnectionError, openai.AuthenticationError) as error:
            raise self._unusable(error) from error
        # Not every compatible server lists its models: an answer of any kind will do.
        except (openai.APIError, ValueError) as error:
            log.info("%r lists no models: %s", self, type(error).__name__)

    @property
    def template_tokens(self) -> int:
        """Room of the window that a prompt leaves: for the template, and for another tokenizer."""
        return self.context_window // 10

    @property
    def charged_per_token(self) -> float:
        """Input tokens that the server charges for each counted here; 1 before it has replied."""
        return self._charges.ratio

    def count_tokens(self, text: str) -> int:
        """An estimate, see :func:`workbench.models.tokens.estimated_tokens`.

        The same whatever the server has charged: passages and prompts are cut by it.
        """
        return estimated_tokens(text)

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        return in_order(self.complete_batches(prompts, decoding))

    def complete_batches(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[list[tuple[int, Completion]]]:
        """(index, completion) as each reply comes in; several requests run at once."""
        breaker = Breaker()
        yield from at_once(
            lambda prompt: self.asked(prompt, decoding, breaker), prompts, MOST_IN_FLIGHT
        )

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        began = time.perf_counter()

        def ask() -> Any:
            self.waited_s = time.perf_counter() - began
            return self._stream(prompt, decoding)

        try:
            streamed = False
            for piece in shown(streamed_contents(patiently(ask, self._pace, Breaker()))):
                streamed = True
                yield piece
            if not streamed:
                # A server that takes no notice of ``stream`` has answered in one piece, unread.
                whole = patiently(lambda: self._reply(prompt, decoding), self._pace, Breaker())
                yield whole.text.strip()
        except FAULTS as error:
            raise self._unusable(error) from error
        self._answered = True

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        raise WorkbenchError(
            f"The endpoint's model {self._reference.name!r} does not tell the probability of a "
            "given text.",
            "Use a local model where likelihoods are needed (reranking, perplexity).",
        )

    def tokens_read(self, prompt: Prompt, decoding: Decoding) -> int | None:
        """The tokens of a prompt by the server's own count; None where it does not tell."""
        least = replace(decoding, max_new_tokens=1, thinking_tokens=0)
        try:
            reply = patiently(lambda: self._reply(prompt, least), self._pace, Breaker())
        except FAULTS as error:
            log.info("%r does not say how many tokens it reads: %s", self, type(error).__name__)
            return None
        return reply.input_tokens

    def with_adapter(self, adapter: str | None) -> EndpointModel:
        if adapter is None:
            return self
        name = hosted_name(Path(adapter))
        if name is not None:
            return self.named(name)
        raise WorkbenchError(
            f"The adapter {adapter!r} cannot be sent to the endpoint {self._reference.endpoint!r}.",
            "Tune there and give the tuned model's name as a variant's model.",
        )

    def named(self, name: str) -> EndpointModel:
        """The model of another name behind the same endpoint."""
        return EndpointModel(replace(self._reference, name=name))

    @property
    def room(self) -> float:
        """How many requests the server keeps up with at once, as far as is known."""
        return self._in_flight.limit

    def continued(self, texts: Sequence[str], decoding: Decoding) -> list[Completion] | None:
        """The texts gone on with as they stand, outside of any chat; None: the server does not."""
        prompts = [Prompt((Message("user", text),)) for text in texts]
        bodies = {
            prompt: {"model": self._reference.name, "prompt": prompt.text, "stream": False,
                     "max_tokens": decoding.most_new_tokens, "temperature": decoding.temperature}
            for prompt in prompts
        }  # fmt: skip

        def ask(prompt: Prompt) -> Reply:
            return read_continued(self._connections.post("/completions", bodies[prompt]))

        if not prompts:
            return []
        try:
            first = patiently(lambda: ask(prompts[0]), self._pace, Breaker())
        except openai.APIStatusError as error:
            if error.status_code in NO_COMPLETIONS:
                return None
            raise self._unusable(error) from error
        except (MalformedReply, ValueError) as error:
            # It answers anything at any address, or as a chat does.
            log.info("%r goes on with no text: %s", self, explained(error))
            return None
        except FAULTS as error:
            raise self._unusable(error) from error
        breaker = Breaker()
        others = at_once(
            lambda prompt: self.asked(prompt, decoding, breaker, lambda: ask(prompt)),
            prompts[1:], MOST_IN_FLIGHT,
        )  # fmt: skip
        return [self.asked(prompts[0], decoding, breaker, lambda: first), *in_order(others)]

    def asked(
        self, prompt: Prompt, decoding: Decoding, breaker: Breaker,
        ask: Callable[[], Reply] | None = None,
    ) -> Completion:  # fmt: skip
        """One reply, or a completion with an error; ``breaker`` is what the requests share."""
        if breaker.is_open:
            return self._failed(prompt, str(StoppedError()), passing=True)
        clock = Clock()
        try:
            reply = in_turn(
                ask or (lambda: self._reply(prompt, decoding)),
                self._in_flight, self._pace, breaker, clock,
            )  # fmt: skip
        except FAULTS as error:
            if meets_all(error, self._answered):
                raise self._unusable(error) from error
            return self._failed(prompt, explained(error), is_passing(error))
        self._answered = True
        if reply.input_tokens and not self._charges.settled:
            self._charges.note(counted_input(self, prompt), reply.input_tokens)
        return Completion(
            text=self._without_key(reply.text.strip()),
            input_tokens=reply.input_tokens or self._input(prompt),
            output_tokens=reply.output_tokens or self.count_tokens(reply.text),
            seconds=clock.seconds(),
            finish="error" if reply.fault else reply.finish,
            error=reply.fault,
            confidence=confidence(reply.log_probabilities or ()),
        )

    def _reply(self, prompt: Prompt, decoding: Decoding) -> Reply:
        """One request that is answered whole."""
        return read_reply(
            self._adapting(prompt, decoding, False, lambda body: self._connections.post(PATH, body))
        )

    def _stream(self, prompt: Prompt, decoding: Decoding) -> openai.Stream[ChatCompletionChunk]:
        """One request whose answer comes in pieces."""
        kind, kinds = ChatCompletionChunk, openai.Stream[ChatCompletionChunk]
        return self._adapting(
            prompt, decoding, True,
            lambda body: self._client.post(
                PATH, cast_to=kind, body=body, stream=True, stream_cls=kinds
            ),
        )  # fmt: skip

    def _body(
        self, prompt: Prompt, decoding: Decoding, stream: bool, changes: Mapping[str, str | None]
    ) -> dict[str, Any]:
        return request_body(self._reference.name, prompt, decoding, stream, changes)

    def _adapting(
        self, prompt: Prompt, decoding: Decoding, stream: bool, ask: Callable[[dict[str, Any]], T]
    ) -> T:
        """Ask; a parameter that the server does not know is changed for good."""
        while True:
            # A copy: other threads may add to it meanwhile.
            used = dict(self._changes)
            body = self._body(prompt, decoding, stream, used)
            try:
                return ask(body)
            except (
                openai.BadRequestError,
                openai.PermissionDeniedError,
                openai.UnprocessableEntityError,
                # llama.cpp's server for Python refuses a body, and a template its roles, by 500.
                openai.InternalServerError,
            ) as error:
                change = adapt(error, body)
                # What has been tried and is still complained of is another fault.
                if change is None or change.items() <= used.items():
                    raise
                self._changes.update(change)
                log.warning("%r does not take %s", self, ", ".join(change))

    def _input(self, prompt: Prompt) -> int:
        """Input tokens of a prompt that the server does not tell."""
        return round(self._charges.ratio * counted_input(self, prompt))

    def _failed(self, prompt: Prompt, sentence: str, passing: bool = False) -> Completion:
        return Completion(
            "",
            self._input(prompt),
            0,
            0.0,
            finish="error",
            error=self._without_key(sentence),
            passing=passing,
        )

    def _unusable(self, error: Exception) -> WorkbenchError:
        return unusable(error, self._reference, self._without_key)
