"""What may be spent on a model's calls: tokens and money, checked first and never exceeded."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.types import LanguageModel, Prompt

#: The error of a completion that the budget did not cover.
BUDGET_SPENT = "budget spent"
#: Tokens that a chat template may put around a message.
PER_MESSAGE = 8
#: Factor on a count of input tokens, which is only an estimate where a server counts.
CAUTION = 1.2

#: Price of a million input and of a million output tokens.
Prices = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent in all; None: no limit. Money needs prices to be counted."""

    max_tokens: int | None = None
    max_money: float | None = None
    prices: Prices | None = None

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return self.max_tokens is not None or self.max_money is not None

    def money(self, input_tokens: float, output_tokens: float) -> float:
        """What so many tokens cost, in the price book's currency; 0 without prices."""
        price_in, price_out = self.prices or (0.0, 0.0)
        return (input_tokens * price_in + output_tokens * price_out) / 1e6

    def covers(self, input_tokens: float, output_tokens: float) -> bool:
        """Whether so much in all stays within both limits."""
        if self.max_tokens is not None and input_tokens + output_tokens > self.max_tokens:
            return False
        return self.max_money is None or self.money(input_tokens, output_tokens) <= self.max_money

    def require(
        self, what: str, input_tokens: int, output_tokens: int, taken: tuple[int, int], hint: str
    ) -> None:
        """Refuse to start ``what`` where it would pass the budget after what is ``taken``.

        Raises WorkbenchError with ``hint``.
        """
        if self.covers(taken[0] + input_tokens, taken[1] + output_tokens):
            return
        price = f" ({self.money(input_tokens, output_tokens):.3g} in money)" if self.prices else ""
        spent = f" after {sum(taken):,} already spent" if sum(taken) else ""
        limits = [] if self.max_tokens is None else [f"{self.max_tokens:,} tokens"]
        limits += [] if self.max_money is None else [f"{self.max_money:g}"]
        raise WorkbenchError(
            f"{what} {input_tokens + output_tokens:,} tokens{price}{spent}, "
            f"and the budget is {' and '.join(limits)}.",
            hint,
        )


def counted_input(model: LanguageModel, prompt: Prompt) -> int:
    """Input tokens of a prompt, with what a chat template may put around its messages."""
    return sum(model.count_tokens(item.content) + PER_MESSAGE for item in prompt.messages)


def most_input(model: LanguageModel, prompt: Prompt) -> int:
    """Input tokens of a prompt, counted generously; as its server charges, where that is known."""
    ratio = getattr(model, "charged_per_token", 1.0)
    return round(CAUTION * ratio * counted_input(model, prompt))
