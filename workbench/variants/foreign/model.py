"""A system of another make in a language model's place: asked with patience, its reply counted.

A question that fails is a completion with an error. What would fail every question (a refused key,
a wrong address, a place in the reply where no answer stands) ends the run at once, in the system's
own words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import openai

from workbench.errors import WorkbenchError
from workbench.experiment.system import SystemSpec
from workbench.models.batching import at_once, in_order
from workbench.models.complaints import is_spent
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
from workbench.models.tokens import estimated_tokens
from workbench.types import Completion, Decoding, ModelReference, Prompt
from workbench.variants.foreign.said import Said

#: Questions that fail before any is answered, and not in passing: then it is no question's fault.
GIVE_UP_UNANSWERED = 3
#: Characters of a question are no concern of ours: the system cuts what it cannot read.
WINDOW = 1_000_000
#: Requests at once where nobody says how many: an HTTP server shows what it keeps up with.
MOST_AT_ONCE = {"http": 8, "python": 1, "command": 1}


class Asker(Protocol):
    """One way to ask a question."""

    def check(self) -> None:
        """Raise WorkbenchError where nothing could be asked at all."""
        ...

    def ask(self, question: str) -> Said:
        """The reply; raises one of :data:`workbench.models.requests.FAULTS`, in passing where
        another try may help."""
        ...

    def clean(self, text: str) -> str:
        """What the system says, without any secret that it was sent."""
        ...


class ForeignModel:
    """A system of another make; implements ``types.LanguageModel`` as far as it can.

    It is given the bare question, whatever the decoding: both are its own affair.
    """

    prompt_format = "chat"
    context_window = WINDOW

    def __init__(
        self,
        spec: SystemSpec,
        reference: ModelReference,
        kind: Callable[[SystemSpec, ModelReference], Asker],
    ) -> None:
        self.spec = spec
        self.reference = reference
        self.waited_s = 0.0
        self._asker = kind(spec, reference)
        most = spec.at_once or MOST_AT_ONCE[spec.kind]
        self._in_flight = InFlight(min(2, most) if spec.kind == "http" else most, most)
        self._pace = Pace(spec.requests_per_minute)
        self._answered = False
        self._failed_before = 0
        self._ended: WorkbenchError | None = None

    def __repr__(self) -> str:
        return f"ForeignModel({self.spec.kind} {self.spec.place!r})"

    def check(self) -> None:
        """Raise WorkbenchError where nothing could be asked at all."""
        self._asker.check()

    def count_tokens(self, text: str) -> int:
        """An estimate: what the system reads beside the question is not known."""
        return estimated_tokens(text)

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        return in_order(self.complete_batches(prompts, decoding))

    def complete_batches(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[list[tuple[int, Completion]]]:
        """(index, completion) as each reply comes in."""
        breaker = Breaker()
        yield from at_once(lambda prompt: self._one(prompt, breaker), prompts, self._in_flight.most)

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        """The reply in one piece. Raises WorkbenchError where there is none."""
        began = time.perf_counter()

        def ask() -> Said:
            self.waited_s = time.perf_counter() - began
            return self._asker.ask(prompt.text)

        try:
            yield self._asker.clean(patiently(ask, self._pace, Breaker()).text)
        except FAULTS as error:
            raise self._unusable(error) from error

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        raise WorkbenchError(
            f"The system {self.spec.place} does not tell the probability of a given text.",
            "Use a local model where likelihoods are needed (reranking, perplexity).",
        )

    def with_adapter(self, adapter: str | None) -> ForeignModel:
        if adapter is None:
            return self
        raise WorkbenchError(
            f"The system {self.spec.place} takes no adapter of ours.", "Tune a model instead."
        )

    def _one(self, prompt: Prompt, breaker: Breaker) -> Completion:
        if self._ended is not None:
            raise self._ended  # others were under way when it turned out
        if breaker.is_open:
            return _failed(str(StoppedError()), passing=True)
        clock = Clock()
        try:
            said = in_turn(
                lambda: self._asker.ask(prompt.text), self._in_flight, self._pace, breaker, clock
            )
        except FAULTS as error:
            return self._fault(error)
        self._answered = True
        cost = self.spec.usd_per_question if said.cost is None else said.cost
        return Completion(
            self._asker.clean(said.text), said.input_tokens, said.output_tokens, clock.seconds(),
            passages=tuple(map(self._asker.clean, said.passages)), cost=cost,
        )  # fmt: skip

    def _fault(self, error: Exception) -> Completion:
        """A failed question; WorkbenchError where all of them are bound to fail."""
        if meets_all(error, self._answered):
            self._ended = self._unusable(error)
            raise self._ended from error
        passing = is_passing(error)
        if not self._answered and not passing:
            self._failed_before += 1
            if self._failed_before >= GIVE_UP_UNANSWERED:
                self._ended = self._unusable(error)
                raise self._ended from error
        # Where it was no question's fault, all are asked again once that is mended.
        return _failed(self._asker.clean(explained(error)), passing or not self._answered)

    def _unusable(self, error: Exception) -> WorkbenchError:
        reason = self._asker.clean(explained(error))
        if is_spent(error):
            hint = "Top up its account and run again: what was answered is kept."
        elif isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            hint = f"Put a valid key into {self.reference.key_env or 'a variable (key_env)'}."
        elif is_passing(error):
            hint = "Run again when the system is well: what was answered is kept."
        else:
            hint = "Mend what it names in the variant's system, or in the system, and run again."
        return WorkbenchError(f"The system {self.spec.place} gives no answer: {reason}.", hint)


def _failed(sentence: str, passing: bool) -> Completion:
    return Completion("", 0, 0, 0.0, finish="error", error=sentence, passing=passing)
