"""Several servers that hold one model, asked as one: each gets what it can keep up with.

A server that stops answering loses what it was at to the others; while one is left, no question is
lost. Every server keeps its own number of requests under way and its own pace.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from workbench.errors import WorkbenchError
from workbench.models.batching import at_once, in_order
from workbench.models.endpoint import MOST_IN_FLIGHT, EndpointModel
from workbench.models.requests import Breaker
from workbench.types import Completion, Decoding, ModelReference, Prompt

log = logging.getLogger(__name__)


class PooledModel:
    """One model at several addresses; implements ``types.LanguageModel``.

    ``members`` are its clients, one per address; the first stands for all where a single one is
    asked (how tokens are counted, what a prompt weighs).
    """

    def __init__(self, reference: ModelReference, members: Sequence[EndpointModel]) -> None:
        self._reference = reference
        self._members = list(members)
        self._first = self._members[0]
        self._under_way = dict.fromkeys(range(len(self._members)), 0)
        self._lock = threading.Lock()
        self.waited_s = 0.0

    def __repr__(self) -> str:
        return f"PooledModel({self._members!r})"

    @property
    def reference(self) -> ModelReference:
        given = self._reference
        if given.endpoint is not None:
            return given
        return replace(self._first.reference, endpoint=given.served_by, replicas=given.replicas)

    @property
    def prompt_format(self) -> str:
        return self._first.prompt_format

    @property
    def context_window(self) -> int:
        return min(member.context_window for member in self._members)

    @property
    def template_tokens(self) -> int:
        """Room of the window that a prompt leaves; see :class:`EndpointModel`."""
        return self._first.template_tokens

    @property
    def charged_per_token(self) -> float:
        """Input tokens that are charged for each counted here, by the server that told so."""
        told = [m.charged_per_token for m in self._members if m.charged_per_token != 1.0]
        return told[0] if told else 1.0

    def count_tokens(self, text: str) -> int:
        return self._first.count_tokens(text)

    def check(self) -> None:
        """Raise WorkbenchError unless one server answers; those that do not are left out."""

        def checked(member: EndpointModel) -> EndpointModel:
            member.check()
            return member

        self._members = _those_that_can(self._members, checked)
        self._first = self._members[0]

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        return in_order(self.complete_batches(prompts, decoding))

    def complete_batches(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[list[tuple[int, Completion]]]:
        """(index, completion) as each reply comes in, from whichever server was asked."""
        breakers = [Breaker() for _ in self._members]
        yield from at_once(
            lambda prompt: self._one(prompt, decoding, breakers), prompts,
            MOST_IN_FLIGHT * len(self._members),
        )  # fmt: skip

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        tried: set[int] = set()
        while True:
            with self._turn(tried, ()) as place:
                begun = False
                try:
                    for piece in self._members[place].stream(prompt, decoding):
                        self.waited_s = self._members[place].waited_s
                        begun = True
                        yield piece
                    return
                except WorkbenchError:
                    tried.add(place)
                    # Half an answer is not begun again elsewhere.
                    if begun or len(tried) == len(self._members):
                        raise

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        return self._first.log_likelihood(prompts, completions)

    def tokens_read(self, prompt: Prompt, decoding: Decoding) -> int | None:
        """The tokens of a prompt by a server's own count."""
        return self._first.tokens_read(prompt, decoding)

    def with_adapter(self, adapter: str | None) -> PooledModel:
        tuned = _those_that_can(self._members, lambda member: member.with_adapter(adapter))
        return PooledModel(self._reference, tuned)

    def named(self, name: str) -> PooledModel:
        """The model of another name behind the same addresses."""
        return PooledModel(self._reference, [m.named(name) for m in self._members])

    def _one(self, prompt: Prompt, decoding: Decoding, breakers: Sequence[Breaker]) -> Completion:
        """One reply: by the next server where the last did not answer."""
        tried: set[int] = set()
        while True:
            with self._turn(tried, breakers) as place:
                last = len(tried) == len(self._members) - 1
                try:
                    reply = self._members[place].asked(prompt, decoding, breakers[place])
                except WorkbenchError as error:
                    if last:
                        raise
                    log.info("%r: %s", self._members[place], error.message)
                else:
                    if last or not reply.passing:
                        return reply
                tried.add(place)

    @contextmanager
    def _turn(self, tried: set[int], breakers: Sequence[Breaker]) -> Iterator[int]:
        """Hold a place at the server with the most room for its measure, of those not tried."""
        with self._lock:
            left = [place for place in range(len(self._members)) if place not in tried]
            # One that has stopped answering comes last, and then says so itself.
            place = min(left, key=lambda at: (
                bool(breakers) and breakers[at].is_open,
                (self._under_way[at] + 1) / self._members[at].room,
            ))  # fmt: skip
            self._under_way[place] += 1
        try:
            yield place
        finally:
            with self._lock:
                self._under_way[place] -= 1


def _those_that_can(
    members: Sequence[EndpointModel], do: Callable[[EndpointModel], EndpointModel]
) -> list[EndpointModel]:
    """What comes of each server; without those that fail, unless all do: that is the first's
    WorkbenchError."""
    done: list[EndpointModel] = []
    faults: list[WorkbenchError] = []
    for member in members:
        try:
            done.append(do(member))
        except WorkbenchError as error:
            log.warning("%r is left out: %s", member, error.message)
            faults.append(error)
    if not done:
        raise faults[0]
    return done
