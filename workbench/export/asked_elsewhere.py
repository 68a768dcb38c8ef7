"""A model that answers elsewhere to the very prompts that the exam's model was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.types import Completion, Decoding, LanguageModel, ModelReference, Prompt


class AskedElsewhere:
    """``asked`` answers; prompts are cut to the window of ``examined``, by its tokens.

    An endpoint's tokens are an estimate here, and its window may be another: cut by these, the
    prompts themselves would differ, and with them what is compared.
    """

    def __init__(self, examined: LanguageModel, asked: LanguageModel) -> None:
        self._examined, self._asked = examined, asked

    @property
    def reference(self) -> ModelReference:
        return self._asked.reference

    @property
    def prompt_format(self) -> str:
        return self._examined.prompt_format

    @property
    def context_window(self) -> int:
        return self._examined.context_window

    @property
    def template_tokens(self) -> int:
        return int(getattr(self._examined, "template_tokens", 0))

    def count_tokens(self, text: str) -> int:
        return self._examined.count_tokens(text)

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        return self._asked.complete(prompts, decoding)

    def complete_batches(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[list[tuple[int, Completion]]]:
        batches: Any = self._asked
        yield from batches.complete_batches(prompts, decoding)

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        return self._asked.stream(prompt, decoding)

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        return self._asked.log_likelihood(prompts, completions)

    def with_adapter(self, adapter: str | None) -> LanguageModel:
        return AskedElsewhere(self._examined, self._asked.with_adapter(adapter))
