"""Measured use into money: fixed, per question, per update; and where two variants break even.

``C(Q, U) = F / 12 + Q * c + U * F_update + storage`` per month: ``F`` is spread over a year (and
shown apart), ``F_update`` paid at every update of the corpus. Of the writing of the questions, the
training set's part belongs to whoever trains on it; the exam is the comparison's own cost.
What a closed-book variant does not need, it does not pay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations
from typing import Any

from workbench.costing.book import HOURS_PER_MONTH, PriceBook
from workbench.costing.building import BuildUsage, building, storage
from workbench.costing.use import Use
from workbench.experiment.variant import Variant

SPREAD_MONTHS = 12.0


@dataclass(frozen=True, slots=True)
class Cost:
    """A variant's money. None where a price or a measurement is missing; ``missing`` names it.

    ``per_question_error`` is the standard error from the timed questions. ``fixed`` is paid
    once, ``per_update`` at each update of the corpus, ``per_month`` at the declared volume with
    the fixed part spread over a year. ``causes`` splits them by what is paid for (writing, index,
    training, people, searching, answering, machine_on, storage), each with any of ``fixed``,
    ``per_update``, ``per_question`` and ``standing`` (a month); the splits add up to the whole.
    """

    currency: str
    fixed: float | None
    per_update: float | None
    per_question: float | None
    per_question_error: float | None
    standing: float = 0.0
    per_1000: float | None = None
    per_month: float | None = None
    per_1000_correct: float | None = None
    missing: str = ""
    storage: float = 0.0
    causes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def monthly(self, queries: float, updates: float) -> float | None:
        """Cost of one month, the fixed part spread over twelve."""
        if self.fixed is None or self.per_question is None or self.per_update is None:
            return None
        running = queries * self.per_question + updates * self.per_update
        return self.fixed / SPREAD_MONTHS + running + self.standing + self.storage


def monthly_causes(
    causes: Mapping[str, Mapping[str, float]], queries: float, updates: float
) -> dict[str, float]:
    """A month's money by cause at that volume, as :meth:`Cost.monthly` adds it up."""
    factors = {"fixed": 1 / SPREAD_MONTHS, "per_update": updates, "per_question": queries,
               "standing": 1.0}  # fmt: skip
    return {
        cause: math.fsum(amount * factors[key] for key, amount in parts.items())
        for cause, parts in causes.items()
    }


def cost(
    variant: Variant,
    use: Use,
    book: PriceBook,
    *,
    stages: Mapping[str, float],
    queries: float,
    updates: float,
    quality: float | None = None,
    training_tokens: float | None = None,
    built: BuildUsage | None = None,
) -> Cost:
    """One variant's cost. ``stages`` are measured seconds by name; ``quality`` the pooled score."""
    hourly = book.machine.hourly if book.machine else None
    lost: list[str] = []
    known = built or BuildUsage()
    once = building(variant, stages, known, book, training_tokens, lost)
    setup, update = _labour(variant, book)
    question, error = _per_question(variant, use, book, hourly, lost)
    standing = 0.0
    if variant.local and book.serving == "always_on" and hourly is not None and use.seconds:
        machines = max(1, math.ceil(queries * use.seconds / (HOURS_PER_MONTH * 3600)))
        standing, question, error = machines * HOURS_PER_MONTH * hourly, 0.0, 0.0
    amounts = [amount for amount in once.values() if amount is not None]
    build = math.fsum(amounts) if len(amounts) == len(once) else None
    kept = storage(variant, stages, known, book)
    causes: dict[str, dict[str, float]] = {
        cause: {"fixed": amount, "per_update": amount}
        for cause, amount in once.items()
        if amount is not None
    }
    causes["people"] = {"fixed": setup, "per_update": update}
    causes |= _answering(variant, use, question)
    causes["machine_on"], causes["storage"] = {"standing": standing}, {"standing": kept}
    result = Cost(
        book.currency,
        None if build is None else build + setup,
        None if build is None else build + update,
        question,
        error,
        standing,
        missing=", ".join(dict.fromkeys(lost)),
        storage=kept,
        causes={name: parts for name, parts in causes.items() if any(parts.values())},
    )
    per_1000 = None if question is None else 1000 * question
    if per_1000 is not None and standing:
        per_1000 = 1000 * standing / queries
    return replace(
        result,
        per_1000=per_1000,
        per_month=result.monthly(queries, updates),
        per_1000_correct=per_1000 / quality if per_1000 is not None and quality else None,
    )


def _answering(variant: Variant, use: Use, question: float | None) -> dict[str, dict[str, float]]:
    """What a question costs, the timed search apart from the model; nothing where unknown."""
    if not question:
        return {}
    share = 0.0
    if variant.retrieves and variant.local and use.seconds and use.searching is not None:
        share = min(1.0, use.searching / use.seconds)
    return {
        "searching": {"per_question": question * share},
        "answering": {"per_question": question * (1 - share)},
    }


def costs(
    rows: Sequence[Mapping[str, Any]],
    traits: Mapping[str, Variant],
    book: PriceBook,
    *,
    stages: Mapping[str, float],
    queries: float,
    updates: float,
    metric: str = "f1",
    training_tokens: float | None = None,
    built: BuildUsage | None = None,
) -> dict[str, Cost]:
    """The cost of every variant of results.json that can be one (the oracle is none)."""
    return {
        row["name"]: cost(
            traits[row["name"]],
            Use.of(row),
            book,
            stages=stages,
            queries=queries,
            updates=updates,
            quality=(row["metrics"].get(metric) or {}).get("value"),
            training_tokens=training_tokens,
            built=built,
        )
        for row in rows
        if not row["is_ceiling"] and row["name"] in traits
    }


def _labour(variant: Variant, book: PriceBook) -> tuple[float, float]:
    parts = [
        name
        for name, there in (("retrieval", variant.retrieves), ("tuning", variant.tuned))
        if there
    ]
    rate = book.labour.per_hour
    setup = sum(getattr(book.labour.setup_hours, name) for name in parts)
    update = sum(getattr(book.labour.update_hours, name) for name in parts)
    return rate * setup, rate * update


def _per_question(
    variant: Variant, use: Use, book: PriceBook, hourly: float | None, lost: list[str]
) -> tuple[float | None, float | None]:
    if variant.hosted is None:
        if hourly is None:
            lost.append("machine.per_hour")
            return None, None
        if use.seconds is None:
            lost.append("a measured time per question")
            return None, None
        rate = hourly / 3600
        return use.seconds * rate, None if use.seconds_error is None else use.seconds_error * rate
    price = book.endpoints.get(variant.hosted)
    if price is None:
        lost.append(f"endpoints.{variant.hosted}")
        return None, None
    if use.input_tokens is None or use.output_tokens is None:
        lost.append("measured tokens per question")
        return None, None
    cached = (
        price.input_per_million if price.cached_per_million is None else (price.cached_per_million)
    )
    share = book.cached_share
    blended = (1 - share) * price.input_per_million + share * cached
    tokens = use.input_tokens * blended + use.output_tokens * price.output_per_million
    return tokens / 1e6, 0.0


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where one variant (the challenger) starts to cost less than another, along one quantity.

    ``above`` says on which side of ``at`` the challenger is cheaper. ``low`` and ``high`` carry
    the error of the timed seconds; a bound of None is infinite.
    """

    quantity: str
    at: float
    low: float | None
    high: float | None
    above: bool


def break_even_queries(
    challenger: Cost, incumbent: Cost, updates: float, critical: float = 1.96
) -> BreakEven | None:
    """The queries a month beyond (or below) which the challenger's month is the cheaper one."""
    first, second = _monthly_fixed(challenger, updates), _monthly_fixed(incumbent, updates)
    if first is None or second is None:
        return None
    if challenger.per_question is None or incumbent.per_question is None:
        return None
    saved = incumbent.per_question - challenger.per_question
    extra = first - second
    if saved == 0 or extra / saved <= 0:
        return None
    errors = (challenger.per_question_error or 0.0, incumbent.per_question_error or 0.0)
    half = critical * math.hypot(*errors)
    bounds = [extra / slope for slope in (saved + half, saved - half) if slope * saved > 0]
    finite = len(bounds) == 2
    return BreakEven(
        "queries_per_month",
        extra / saved,
        min(bounds) if bounds else None,
        max(bounds) if finite else None,
        saved > 0,
    )


def break_even_updates(
    challenger: Cost, incumbent: Cost, queries: float, critical: float = 1.96
) -> BreakEven | None:
    """The updates a month beyond (or below) which the challenger's month is the cheaper one."""
    first, second = challenger.monthly(queries, 0), incumbent.monthly(queries, 0)
    if first is None or second is None:
        return None
    slope = (incumbent.per_update or 0.0) - (challenger.per_update or 0.0)
    extra = first - second
    if slope == 0 or extra / slope <= 0:
        return None
    errors = (challenger.per_question_error or 0.0, incumbent.per_question_error or 0.0)
    half = critical * queries * math.hypot(*errors) / abs(slope)
    at = extra / slope
    return BreakEven("updates_per_month", at, max(0.0, at - half), at + half, slope > 0)


def crossings(costs: Mapping[str, Cost], queries: float, updates: float) -> list[dict[str, Any]]:
    """Every pair of variants whose monthly costs meet, ready for JSON; ``above`` as declared.

    ``challenger`` costs less than ``incumbent`` above ``at``, or below it.
    """
    result = []
    for first, second in combinations(costs, 2):
        item, other = costs[first], costs[second]
        for matches in (
            break_even_queries(item, other, updates), break_even_updates(item, other, queries)
        ):  # fmt: skip
            if matches is not None:
                result.append({"challenger": first, "incumbent": second, **asdict(matches)})
    return result


def _monthly_fixed(item: Cost, updates: float) -> float | None:
    return item.monthly(0, updates)
