"""Measured use into money: fixed, per question, per update, and machines that stay on.

``C(Q, U) = F / 12 + Q * c + U * F_update + storage + machines(Q, U) * month of one`` per month:
``F`` is spread over a year (and shown apart), ``F_update`` paid at every update of the corpus. Of
the writing of the questions, the training set's part belongs to whoever trains on it; the exam is
the comparison's own cost. What a closed-book variant does not need, it does not pay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.costing.asking import Cached, asking, cached
from workbench.costing.book import PriceBook
from workbench.costing.building import BuildUsage, building, by_edition, storage
from workbench.costing.use import Use
from workbench.experiment.variant import Variant

SPREAD_MONTHS = 12.0
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines that stay on all month, as many as the volume needs and at least one.

    ``per_month`` is what one costs; ``capacity`` the seconds a month that one can work; a question
    takes ``seconds`` of it (with their standard error) and an update of the corpus
    ``update_seconds``, where these machines do that too.
    """

    per_month: float
    capacity: float
    seconds: float
    seconds_error: float | None = None
    update_seconds: float = 0.0

    def number(self, queries: float | Array, updates: float | Array) -> Array:
        """How many it takes at each volume."""
        work = np.asarray(queries) * self.seconds + np.asarray(updates) * self.update_seconds
        # A machine that is full to the last second is not yet one too few.
        needed: Array = np.maximum(1.0, np.ceil(work / self.capacity - 1e-9))
        return needed


@dataclass(frozen=True, slots=True)
class Cost:
    """A variant's money. None where a price or a measurement is missing; ``missing`` names it.

    ``per_question_error`` is the standard error from the measured questions (None: not known).
    ``fixed`` is paid once, ``per_update`` at each update of the corpus, ``per_month`` at the
    declared volume with the fixed part spread over a year. ``machines`` are those that stay on
    (None: none does), ``standing`` their money at the declared volume. ``causes`` splits them by
    what is paid for (writing, index, training, people, searching, answering, machine_on, storage),
    each with any of ``fixed``, ``per_update``, ``per_question`` and ``standing`` (a month); the
    splits add up to the whole.
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
    machines: Machines | None = None
    cached: Cached | None = None

    def monthly(self, queries: float, updates: float) -> float | None:
        """Cost of one month, the fixed part spread over twelve."""
        result = self.months(np.asarray(queries, float), np.asarray(updates, float))
        return None if result is None else float(result)

    def months(self, queries: Array, updates: Array) -> Array | None:
        """The same at many volumes; the number of machines follows each of them."""
        if self.fixed is None or self.per_question is None or self.per_update is None:
            return None
        standing: float | Array = self.standing
        if self.machines is not None:
            standing = self.machines.number(queries, updates) * self.machines.per_month
        running = queries * self.per_question + updates * self.per_update
        result: Array = self.fixed / SPREAD_MONTHS + running + standing + self.storage
        return result


def cost_record(item: Cost | None, queries: float, updates: float) -> dict[str, Any] | None:
    """A cost for results.json, with its month split by cause."""
    if item is None:
        return None
    record = {**asdict(item), "per_month_by_cause": monthly_causes(item.causes, queries, updates)}
    if item.cached is None:
        del record["cached"]
    return record


def monthly_causes(
    causes: Mapping[str, Mapping[str, float]], queries: float, updates: float
) -> dict[str, float]:
    """A month's money by cause at the volume that the cost was declared for.

    It adds up to :meth:`Cost.monthly` there; elsewhere the number of machines may be another.
    """
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
    built: BuildUsage | None = None,
) -> Cost:
    """One variant's cost. ``stages`` are measured seconds by name; ``quality`` the pooled score."""
    lost: list[str] = []
    known = built or BuildUsage()
    first, again = by_edition(variant, stages)
    work = building(variant, first, known, book, lost)
    redone = work if again is first else building(variant, again, known, book, lost)
    setup, update = _labour(variant, book)
    asked = asking(variant, use, known, book, lost)
    seconds = math.fsum(item.seconds for item in redone.values())
    machines = _machines(variant, use, known, book, seconds)
    hourly = book.machine.hourly if book.machine else None
    if machines is not None and machines.update_seconds:
        hourly = 0.0  # Paid with the month of a machine that is there in any case.
    once, anew = (
        {cause: item.money(hourly) for cause, item in listed.items()} for listed in (work, redone)
    )
    build, rebuild = _sum(once), _sum(anew)
    kept = storage(variant, stages, known, book)
    standing = 0.0
    if machines is not None and asked is not None:
        standing = float(machines.number(queries, updates)) * machines.per_month
    causes: dict[str, dict[str, float]] = {
        cause: {
            part: amount
            for part, listed in (("fixed", once), ("per_update", anew))
            if (amount := listed.get(cause)) is not None
        }
        for cause in {**once, **anew}
    }
    causes["people"] = {"fixed": setup, "per_update": update}
    if asked is not None:
        causes["searching"] = {"per_question": asked.searching}
        causes["answering"] = {"per_question": asked.answering}
    causes["machine_on"], causes["storage"] = {"standing": standing}, {"standing": kept}
    result = Cost(
        book.currency,
        None if build is None else build + setup,
        None if rebuild is None else rebuild + update,
        None if asked is None else asked.whole,
        None if asked is None else asked.error,
        standing,
        missing=", ".join(dict.fromkeys(lost)),
        storage=kept,
        causes={name: parts for name, parts in causes.items() if any(parts.values())},
        machines=machines if asked is not None else None,
        cached=None if asked is None else cached(variant, use, book),
    )
    per_1000 = _per_1000(result, queries)
    return replace(
        result,
        per_1000=per_1000,
        per_month=result.monthly(queries, updates),
        per_1000_correct=per_1000 / quality if per_1000 is not None and quality else None,
    )


def _machines(
    variant: Variant, use: Use, built: BuildUsage, book: PriceBook, build_seconds: float
) -> Machines | None:
    """The machines that stay on, to answer or to search; an own one also does the building."""
    machine = book.machine
    if book.serving != "always_on" or machine is None or variant.system is not None:
        return None
    seconds, error = use.seconds, use.seconds_error
    if book.by_token(variant) is not None:
        searched = book.searches(variant, built.embedding)
        seconds, error = (use.searching, use.searching_error) if searched else (None, None)
    if seconds is None:
        return None
    # A rented machine for an update is rented for its hours; an owned one is paid for already.
    building = build_seconds if machine.kind == "bought" else 0.0
    return Machines(machine.monthly, machine.capacity, seconds, error, building)


def _sum(amounts: Mapping[str, float | None]) -> float | None:
    """All of them; None where one is not known."""
    known = [amount for amount in amounts.values() if amount is not None]
    return math.fsum(known) if len(known) == len(amounts) else None


def _per_1000(item: Cost, queries: float) -> float | None:
    """Money for a thousand questions, with their part of machines that stay on."""
    if item.per_question is None:
        return None
    if item.standing and not queries:
        return None
    return 1000 * (item.per_question + (item.standing / queries if item.standing else 0.0))


def costs(
    rows: Sequence[Mapping[str, Any]],
    traits: Mapping[str, Variant],
    book: PriceBook,
    *,
    stages: Mapping[str, float],
    queries: float,
    updates: float,
    metric: str = "f1",
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
            built=built,
        )
        for row in rows
        if not row["is_ceiling"] and row["name"] in traits
    }


def _labour(variant: Variant, book: PriceBook) -> tuple[float, float]:
    """People's money for setting up and for an update: the questions' part is everybody's."""
    there = {"questions": True, "retrieval": variant.retrieves, "tuning": variant.tuned}
    rate, setup, update = book.labour.per_hour, book.labour.setup_hours, book.labour.update_hours
    parts = [name for name, counts in there.items() if counts]
    redone = [name for name in parts if name != "tuning" or variant.edition != "stale"]
    once = sum(getattr(setup, name) for name in parts)
    again = sum(getattr(update, name) for name in redone)
    return rate * once, rate * again
