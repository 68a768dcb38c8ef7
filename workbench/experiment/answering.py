"""How answers are asked for and measured: their form, decoding, latency, rewording."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from workbench.experiment.prompt_search import PromptSearchSpec
from workbench.experiment.spec import Count, Named, Positive, Spec, without_later
from workbench.types import Decoding

AnswerForm = Literal["short", "sentence", "long"]


class DecodingSpec(Spec):
    """Decoding of answers, the same for every variant; greedy by default.

    ``thinking_tokens`` is what a thinking model may spend before its answer, beside
    ``max_new_tokens``; 0 tells it not to think, where its template knows how.
    """

    max_new_tokens: Positive = 32
    temperature: Annotated[float, Field(ge=0)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    thinking_tokens: Annotated[int, Field(ge=0)] = 0

    def value(self, seed: int) -> Decoding:
        """The value that models take."""
        return Decoding(
            self.max_new_tokens, self.temperature, self.top_p, seed, confidence=True,
            thinking_tokens=self.thinking_tokens,
        )  # fmt: skip


class PromptSpec(Spec):
    """The form of the answer, the instruction that asks for it, and a folder of edited prompts.

    ``answer`` is ``short`` (the bare answer), ``sentence``, or ``long`` (a paragraph that cites its
    passages as [1], [2]). It sets, where they are not given, ``form``, the reply's length and the
    decisive metric, and a chat writer's references have that form; so it is the same for all.
    ``search`` tries several prompts on dev questions first, and each variant is asked with its
    best.
    """

    answer: AnswerForm = "short"
    form: str = "Answer in as few words as the question allows, without explanation."
    folder: Named | None = None
    search: PromptSearchSpec | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"search": None})


class LatencySpec(Spec):
    """The single-stream pass: ``sample`` questions per variant, after ``warmup`` untimed ones."""

    sample: Count = 20
    warmup: Count = 2


class SensitivitySpec(Spec):
    """Rewording: how many exam questions (0: none) are asked again, and in how many wordings.

    Every variant answers each wording; a question's own is the first of them.
    """

    questions: Count = 0
    wordings: Annotated[int, Field(ge=2, le=6)] = 4
