"""Where the months of two variants cost the same, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from workbench.costing.costs import Array, Cost

# Machines that stay on make stairs of a cost; these are walked up to here, the end of the map.
MOST_QUERIES, MOST_UPDATES = 1e7, 100.0
MOST_STEPS = 5000
BEYOND = 1 + 1e-7  # just past a step
SAME = 1e-12


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where one variant (the challenger) starts to cost less than another, along one quantity.

    ``above`` says on which side of ``at`` the challenger is cheaper. ``low`` and ``high`` carry
    the error of measured seconds and tokens; a ``high`` of None is infinite. Where nothing that
    was measured varied, ``exact`` is true; where its spread is not known it is false; both have no
    bounds.
    """

    quantity: str
    at: float
    low: float | None
    high: float | None
    above: bool
    exact: bool = False


def break_even_queries(
    challenger: Cost, incumbent: Cost, updates: float, critical: float = 1.96
) -> BreakEven | None:
    """The queries a month beyond (or below) which the challenger's month is the cheaper one.

    Of several meetings, which machines that stay on can make, it is the last one up to 10 million.
    """
    return _break_even(_Axis("queries_per_month", updates), challenger, incumbent, critical)


def break_even_updates(
    challenger: Cost, incumbent: Cost, queries: float, critical: float = 1.96
) -> BreakEven | None:
    """The updates a month beyond (or below) which the challenger's month is the cheaper one."""
    return _break_even(_Axis("updates_per_month", queries), challenger, incumbent, critical)


def crossings(costs: Mapping[str, Cost], queries: float, updates: float) -> list[dict[str, Any]]:
    """Every pair of variants whose monthly costs meet, ready for JSON.

    ``challenger`` costs less than ``incumbent`` above ``at``, or below it. Where machines that stay
    on make stairs it is always above: below the last meeting the order may change several times.
    """
    result = []
    for first, second in combinations(costs, 2):
        item, other = costs[first], costs[second]
        for matches in (
            break_even_queries(item, other, updates), break_even_updates(item, other, queries)
        ):  # fmt: skip
            if matches is None:
                continue
            pair = (first, second)
            if (item.machines or other.machines) and not matches.above:
                pair, matches = (second, first), replace(matches, above=True)
            result.append({"challenger": pair[0], "incumbent": pair[1], **asdict(matches)})
    return result


@dataclass(frozen=True, slots=True)
class _Axis:
    """The quantity that is varied; ``rest`` is the other one, as declared."""

    quantity: str
    rest: float

    def months(self, item: Cost, places: Array) -> Array:
        """Monthly cost of ``item`` at values of the quantity."""
        rest = np.full_like(places, self.rest)
        given = (places, rest) if self.quantity == "queries_per_month" else (rest, places)
        result = item.months(*given)
        return np.full_like(places, np.nan) if result is None else result

    def difference(self, first: Cost, second: Cost, places: Sequence[float] | Array) -> Array:
        """By how much the first costs more."""
        at = np.asarray(places, float)
        result: Array = self.months(first, at) - self.months(second, at)
        return result

    def steps(self, item: Cost) -> Array:
        """The values beyond which one more machine has to stay on."""
        machines = item.machines
        if machines is None:
            return np.zeros(0)
        own, other, most = machines.seconds, machines.update_seconds, MOST_QUERIES
        if self.quantity == "updates_per_month":
            own, other, most = other, own, MOST_UPDATES
        if own <= 0:
            return np.zeros(0)
        count = min(MOST_STEPS, int((most * own + self.rest * other) / machines.capacity) + 1)
        full = np.arange(1, count + 1, dtype=np.float64) * machines.capacity
        places: Array = (full - self.rest * other) / own
        return places[(places > 0) & (places < most)]


def _meeting(axis: _Axis, first: Cost, second: Cost) -> tuple[float, bool] | None:
    """Where the two meet, and whether the first is the cheaper above it."""
    if first.machines is not None or second.machines is not None:
        return _stairs(axis, first, second)
    extra = axis.difference(first, second, [0.0])[0]
    name = "per_question" if axis.quantity == "queries_per_month" else "per_update"
    saved = (getattr(second, name) or 0.0) - (getattr(first, name) or 0.0)
    if saved == 0 or extra / saved <= 0:
        return None
    return float(extra / saved), bool(saved > 0)


def _stairs(axis: _Axis, first: Cost, second: Cost) -> tuple[float, bool] | None:
    """The last place where the order of two changes: on a step, or between two of them."""
    most = MOST_QUERIES if axis.quantity == "queries_per_month" else MOST_UPDATES
    inner = np.unique(np.concatenate([axis.steps(first), axis.steps(second)]))
    places = np.empty(2 * len(inner) + 2)
    places[0], places[-1] = 0.0, most
    places[1:-1:2], places[2:-1:2] = inner, inner * BEYOND
    gaps = axis.difference(first, second, places)
    scale = max(1.0, float(np.abs(axis.months(first, places)).max()))
    signs = np.sign(np.where(np.abs(gaps) < SAME * scale, 0.0, gaps))
    other = np.flatnonzero(signs * signs[-1] < 0)
    if not len(other):
        return None
    last = int(other[-1])
    before, after = gaps[last], gaps[last + 1]
    # Even places begin a stretch without a step, in which both are straight lines.
    share = before / (before - after) if last % 2 == 0 else 0.0
    at = places[last] + share * (places[last + 1] - places[last])
    return float(at), bool(signs[-1] < 0)


def _break_even(
    axis: _Axis, challenger: Cost, incumbent: Cost, critical: float
) -> BreakEven | None:
    """The meeting, and how far it moves with both costs moved apart by their errors."""
    if challenger.monthly(0, 0) is None or incumbent.monthly(0, 0) is None:
        return None
    met = _meeting(axis, challenger, incumbent)
    if met is None:
        return None
    at, above = met
    first, second = _error(challenger), _error(incumbent)
    if first is None or second is None:
        return BreakEven(axis.quantity, at, None, None, above)
    whole = math.hypot(first, second)
    if whole == 0:
        return BreakEven(axis.quantity, at, None, None, above, exact=True)
    # Each moves by its share of the whole: the outermost point of the ellipse of their errors.
    bounds = []
    for way in (1, -1):
        pair = (
            _moved(challenger, way * critical * first / whole),
            _moved(incumbent, -way * critical * second / whole),
        )
        again = _meeting(axis, *pair)
        if again is not None and again[1] == above:
            bounds.append(again[0])
        else:
            cheaper = bool(axis.difference(*pair, [at])[0] < 0)
            bounds.append(0.0 if cheaper == above else math.inf)
    low, high = sorted(bounds)
    if high - low <= SAME * at:
        return BreakEven(axis.quantity, at, None, None, above, exact=True)
    # A step of the stairs may jump past the meeting itself.
    low, high = min(low, at), max(high, at)
    return BreakEven(axis.quantity, at, low, high if math.isfinite(high) else None, above)


def _error(item: Cost) -> float | None:
    """The standard error of one question's money, machines that stay on included."""
    if item.per_question_error is None or item.machines is None:
        return item.per_question_error
    if item.machines.seconds_error is None:
        return None
    each = item.machines.per_month / item.machines.capacity
    return math.hypot(item.per_question_error, item.machines.seconds_error * each)


def _moved(item: Cost, errors: float) -> Cost:
    """The cost with a question's money and seconds so many standard errors further up."""
    machines = item.machines
    if machines is not None:
        seconds = machines.seconds + errors * (machines.seconds_error or 0.0)
        machines = replace(machines, seconds=max(0.0, seconds))
    money = (item.per_question or 0.0) + errors * (item.per_question_error or 0.0)
    return replace(item, per_question=money, machines=machines)
