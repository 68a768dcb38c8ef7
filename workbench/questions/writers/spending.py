"""The budget of a writer: tokens and money, checked before the start and never passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.errors import WorkbenchError
from workbench.experiment.questions import QuestionSpec
from workbench.models.budget import BUDGET_SPENT, Budget, Prices, most_input
from workbench.types import Completion, Decoding, LanguageModel, ModelReference, Prompt


@dataclass
class Spending:
    """Tokens in and out so far, against a budget."""

    budget: Budget = field(default_factory=Budget)
    input_tokens: int = 0
    output_tokens: int = 0

    @classmethod
    def of(cls, spec: QuestionSpec, prices: Prices | None) -> Spending:
        """Raises WorkbenchError where money is limited and no price is known."""
        if spec.max_money_spent is not None and prices is None:
            raise WorkbenchError(
                "questions.max_money_spent is set, but the writer's price per token is not known.",
                "Put the model's price into the price book under endpoints, or limit "
                "questions.max_tokens_spent instead.",
            )
        return cls(Budget(spec.max_tokens_spent, spec.max_money_spent, prices))

    def allows(self, input_tokens: int, output_tokens: int) -> bool:
        """Whether so much more may be spent at the most."""
        return self.budget.covers(
            self.input_tokens + input_tokens, self.output_tokens + output_tokens
        )

    def book(self, done: Sequence[Completion]) -> None:
        self.input_tokens += sum(c.input_tokens for c in done)
        self.output_tokens += sum(c.output_tokens for c in done)

    def require(self, input_tokens: int, output_tokens: int) -> None:
        """Refuse to start where the estimate is above the budget. Raises WorkbenchError."""
        self.budget.require(
            "Writing the questions would take up to", input_tokens, output_tokens,
            (self.input_tokens, self.output_tokens),
            "Ask for fewer questions, or raise questions.max_tokens_spent / max_money_spent.",
        )  # fmt: skip

    def record(self) -> dict[str, int]:
        return {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}

    def since(self, before: Mapping[str, int]) -> dict[str, int]:
        """What was spent after an earlier :meth:`record`."""
        return {name: count - before[name] for name, count in self.record().items()}

    def add(self, spent: Mapping[str, int]) -> None:
        """Count what an earlier, killed run spent."""
        self.input_tokens += spent.get("input_tokens", 0)
        self.output_tokens += spent.get("output_tokens", 0)


class Metered:
    """A language model that spends from a budget; what it does not cover comes back as an error.

    Before a call every prompt is reserved with its reply at full length (an endpoint's count is an
    estimate, so a fifth is added), so that the budget is never passed.
    """

    def __init__(self, model: LanguageModel, spending: Spending) -> None:
        self._model = model
        self.spending = spending

    @property
    def reference(self) -> ModelReference:
        return self._model.reference

    @property
    def prompt_format(self) -> str:
        return self._model.prompt_format

    @property
    def context_window(self) -> int:
        return self._model.context_window

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        """As the model itself, for as many prompts as the budget covers."""
        covered = self._covered(prompts, decoding.max_new_tokens)
        done = self._model.complete(prompts[:covered], decoding) if covered else []
        self.spending.book(done)
        rest = [Completion("", 0, 0, 0.0, "error", BUDGET_SPENT)] * (len(prompts) - covered)
        return [*done, *rest]

    def _covered(self, prompts: Sequence[Prompt], most_new: int) -> int:
        if not self.spending.budget.limited:
            return len(prompts)
        given = 0
        for place, prompt in enumerate(prompts):
            given += most_input(self._model, prompt)
            if not self.spending.allows(given, (place + 1) * most_new):
                return place
        return len(prompts)

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        return self._model.stream(prompt, decoding)

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        return self._model.log_likelihood(prompts, completions)

    def with_adapter(self, adapter: str | None) -> LanguageModel:
        return Metered(self._model.with_adapter(adapter), self.spending)
