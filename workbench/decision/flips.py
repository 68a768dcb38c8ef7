"""At what point the verdict would be another one; and the map of winners over two of them.

Everything is asked of the point rule, starting from what was declared and moving one quantity at
a time: queries and updates a month (closed form from the cost lines), margin, quality, price, the
worth of a correct answer, and the shares of the strata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from workbench.costing import Cost, break_even_queries, break_even_updates
from workbench.decision.rules import Array, money_worth, winners
from workbench.wording import LEAST_SHOWN

STEP = 1e-6
# Where turning points are looked for when utilities, which are no straight lines, decide.
QUERIES = np.logspace(0, 9, 361)
UPDATES = np.concatenate([[0.0], np.logspace(-2, 2, 161)])
HALVINGS = 40
MACHINES = 50


@dataclass(frozen=True, slots=True)
class PointModel:
    """What the point rule weighs: quality per variant (NaN: excluded), costs, and the workload.

    A variant over the ``budget`` at some volume is out there and nowhere else. ``time_worth`` is
    what latency adds to a variant's score (below zero), ``points_per_money`` what a unit of money
    per 1,000 questions takes off it, where the user trades them (see :mod:`utility`).
    """

    names: tuple[str, ...]
    quality: Array
    costs: tuple[Cost | None, ...]
    margin: float
    queries: float
    updates: float
    budget: float | None = None
    time_worth: Array | float = 0.0
    points_per_money: float = 0.0
    lost: Array | float = 0.0

    @property
    def ageing(self) -> bool:
        """Whether some variant loses by updates that it misses."""
        return self.updates > 0 and bool(np.any(self.lost))

    def aged(self, quality: Array, updates: Array) -> Array:
        """The quality at other rates of updates than the declared one, at which it was measured."""
        if not self.ageing:
            return quality
        further = np.asarray(updates, float)[..., None] / self.updates - 1.0
        # Nobody loses more than there is, however much has changed.
        result: Array = quality - np.minimum(further * self.lost, np.nan_to_num(self.quality))
        return result

    @property
    def stepped(self) -> bool:
        """Whether a cost grows by whole machines."""
        return any(item is not None and item.machines is not None for item in self.costs)

    @property
    def weighed(self) -> bool:
        """Whether cost or latency are traded against quality."""
        return self.points_per_money > 0 or bool(np.any(self.time_worth))

    @property
    def here(self) -> Array:
        """The utility of each variant at the declared volume, NaN over the budget there."""
        return self.within_budget(self.now, self.utility(self.now, np.array(self.queries)))

    @property
    def now(self) -> Array:
        """The months at the declared volume."""
        return self.months(np.array(self.queries), np.array(self.updates))

    def within_budget(self, months: Array, utility: Array) -> Array:
        """The utility with NaN for what costs more than the budget."""
        if self.budget is None:
            return utility
        result: Array = np.where(np.nan_to_num(months, nan=0.0) > self.budget, np.nan, utility)
        return result

    def noise(self, queries: Array | float) -> Array:
        """The standard errors of the months, from the timed questions: (..., variants)."""
        each = [(item.per_question_error or 0.0) if item else 0.0 for item in self.costs]
        result: Array = np.asarray(queries, float)[..., None] * np.array(each)
        return result

    def utility(self, months: Array, queries: Array) -> Array:
        """Quality less what time and money take off it; ``months`` is (..., variants)."""
        result: Array = self.quality + self.time_worth
        if self.points_per_money:
            result = result + money_worth(months, queries[..., None], self.points_per_money)
        return result

    def months(self, queries: Array, updates: Array) -> Array:
        """Monthly cost, shape of ``queries`` and ``updates`` broadcast, plus variants."""
        shape = np.broadcast(queries, updates).shape
        result = np.full((*shape, len(self.names)), np.nan)
        for place, item in enumerate(self.costs):
            known = None if item is None else item.months(queries, updates)
            if known is not None:
                result[..., place] = known
        return result

    def winner(self, queries: Array, updates: Array, margin: float | None = None) -> Any:
        """Index of the winner at each volume and update rate."""
        months = self.months(np.asarray(queries, float), np.asarray(updates, float))
        volume = np.broadcast_to(np.asarray(queries, float), months.shape[:-1])
        quality = np.broadcast_to(self.utility(months, volume), months.shape)
        quality = self.aged(quality, np.broadcast_to(updates, months.shape[:-1]))
        quality = self.within_budget(months, quality)
        limit = self.margin if margin is None else margin
        return winners(quality, months, limit, self.noise(volume))


def flip_points(now: PointModel, winner: str) -> list[dict[str, Any]]:
    """The nearest turning points of each quantity, each with the variant that wins beyond it."""
    home = now.names.index(winner)
    matches: list[dict[str, Any]] = []

    def at_queries(queries: Array) -> Any:
        return now.winner(queries, np.array(now.updates))

    def at_updates(updates: Array) -> Any:
        return now.winner(np.array(now.queries), updates)

    # Lines cross in closed form; a utility is no line, nor are machines that stay on, nor what the
    # clock leaves open.
    searched = now.weighed or now.stepped or now.ageing or bool(now.noise(1.0).any())
    crossings = {
        "queries": _changes(at_queries, _volumes(now)) if searched else _crossings(now, "queries"),
        "updates": _changes(at_updates, UPDATES) if searched else _crossings(now, "updates"),
    }
    matches += _along(
        "queries_per_month", now.queries, crossings["queries"], home,
        lambda q: at_queries(np.array(q)), now.names,
    )  # fmt: skip
    matches += _along(
        "updates_per_month", now.updates, crossings["updates"], home,
        lambda u: at_updates(np.array(u)), now.names,
    )  # fmt: skip
    here = now.here
    best = np.nanmax(here)
    gaps = [(float(best - q), None, None) for q in here if best - q >= LEAST_SHOWN]
    matches += _along(
        "margin", now.margin, gaps, home,
        lambda m: now.winner(np.array(now.queries), np.array(now.updates), float(m)), now.names,
    )  # fmt: skip
    matches += _quality(now, home)
    return matches if now.weighed else matches + _price(now, home) + _worth(now, home)


def _volumes(now: PointModel) -> Array:
    """Where turning points are looked for: a fine grid, and both sides of each new machine."""
    steps = [
        np.arange(1, MACHINES + 1) * item.machines.capacity / item.machines.seconds
        for item in now.costs
        if item is not None and item.machines is not None and item.machines.seconds > 0
    ]
    near = [beside * place for place in steps for beside in (1.0, 1 + STEP)]
    return np.unique(np.concatenate([QUERIES, *near]))


def _changes(
    ask: Callable[[Array], Any], grid: Array
) -> list[tuple[float, float | None, float | None]]:
    """Where along ``grid`` the winner changes, by halving each step in which it does."""
    chosen = ask(grid)
    result: list[tuple[float, float | None, float | None]] = []
    for place in np.flatnonzero(chosen[1:] != chosen[:-1]):
        low, high, first = grid[place], grid[place + 1], chosen[place]
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if ask(np.array(middle)) == first else (low, middle)
        result.append((float(high), None, None))
    return result


def winner_map(now: PointModel) -> dict[str, Any]:
    """Winners over queries a month (columns) and updates a month (rows)."""
    queries = np.unique(np.append(np.logspace(2, 7, 31).round(), now.queries))
    updates = np.unique(np.append([0, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30], now.updates))
    chosen = now.winner(queries[None, :], updates[:, None])
    return {
        "queries_per_month": [float(value) for value in queries],
        "updates_per_month": [float(value) for value in updates],
        "winner": [[now.names[at] if at >= 0 else None for at in row] for row in chosen],
    }


def _along(
    quantity: str,
    here: float,
    candidates: Iterable[tuple[float, float | None, float | None]],
    home: int,
    ask: Callable[[float], Any],
    names: Sequence[str],
) -> list[dict[str, Any]]:
    """The nearest candidate on each side of ``here`` beyond which ``ask`` names another winner."""
    unit = {"margin": "points", "queries_per_month": "queries/month"}.get(quantity, "updates/month")
    result = []
    ordered = sorted(set(candidates), key=lambda item: item[0])
    above = [item for item in ordered if item[0] >= here]
    below = [item for item in reversed(ordered) if item[0] < here]
    for side, upward in ((above, True), (below, False)):
        for at, low, high in side:
            beyond = at + max(abs(at), 1e-3) * STEP if upward else at - max(abs(at), 1e-3) * STEP
            if beyond < 0:
                continue
            turned = int(ask(beyond))
            if turned not in (home, -1):
                result.append(
                    {"quantity": quantity, "at": at, "unit": unit, "winner": names[turned],
                     "above": upward, "low": low, "high": high, "now": here}
                )  # fmt: skip
                break
    return result


def _crossings(now: PointModel, axis: str) -> list[tuple[float, float | None, float | None]]:
    """Where two months cost the same, and where one of them reaches the budget."""
    result: list[tuple[float, float | None, float | None]] = []
    kept = [item for item, score in zip(now.costs, now.quality, strict=True)
            if item is not None and not np.isnan(score)]  # fmt: skip
    for own, rival in combinations(kept, 2):
        cross = (
            break_even_queries(rival, own, now.updates)
            if axis == "queries"
            else break_even_updates(rival, own, now.queries)
        )
        if cross is not None:
            result.append((cross.at, cross.low, cross.high))
    for item in kept:
        slope = item.per_question if axis == "queries" else item.per_update
        rest = item.monthly(0, now.updates) if axis == "queries" else item.monthly(now.queries, 0)
        if now.budget is not None and slope and rest is not None and now.budget > rest:
            result.append(((now.budget - rest) / slope, None, None))
    return result


def _quality(now: PointModel, home: int) -> list[dict[str, Any]]:
    """The rival that would need the smallest gain in quality to win."""
    months, here = now.now, now.here
    least: tuple[float, int] | None = None
    for place in range(len(now.names)):
        if place == home or np.isnan(here[place]):
            continue
        others = np.delete(here, place)
        best = np.nanmax(others)
        for target in (best - now.margin, best, here[home] + now.margin, best + now.margin):
            gain = float(target - here[place]) + 1e-9
            if gain <= 0 or (least is not None and gain >= least[0]):
                continue
            moved = here.copy()
            moved[place] += gain
            if (
                moved[place] <= 1
                and now.quality[place] + gain <= 1
                and int(winners(moved, months, now.margin, now.noise(now.queries))) == place
            ):
                least = (gain, place)
    if least is None:
        return []
    return [
        {"quantity": "quality", "at": least[0], "unit": "points", "winner": now.names[least[1]],
         "above": True, "now": 0.0}
    ]  # fmt: skip


def _price(now: PointModel, home: int) -> list[dict[str, Any]]:
    """The factor on the winner's monthly cost at which a rival as good becomes the cheaper."""
    months, here = now.now, now.here
    best = np.nanmax(here)
    factors = [
        (float(months[place] / months[home]), place)
        for place in range(len(now.names))
        if place != home and here[place] >= best - now.margin
        and months[home] > 0 and months[place] > months[home]
    ]  # fmt: skip
    if not factors:
        return []
    factor, place = min(factors)
    return [
        {"quantity": "price", "at": factor, "unit": "times", "winner": now.names[place],
         "above": True, "now": 1.0}
    ]  # fmt: skip


def _worth(now: PointModel, home: int) -> list[dict[str, Any]]:
    """The worth of one more correct answer at which paying for quality, or saving, wins."""
    months, here = now.now, now.here
    matches: Mapping[bool, list[tuple[float, int]]] = {True: [], False: []}
    for place in range(len(now.names)):
        if place == home or np.isnan(here[place]):
            continue
        gain, extra = now.quality[place] - now.quality[home], months[place] - months[home]
        if gain * extra > 0 and abs(gain) > 1e-9:
            matches[bool(gain > 0)].append((float(extra / (now.queries * gain)), place))
    result = []
    for dearer, choose in ((True, min), (False, max)):
        if matches[dearer]:
            at, place = choose(matches[dearer])
            result.append(
                {"quantity": "worth_of_a_correct_answer", "at": at, "unit": "money",
                 "winner": now.names[place], "above": dearer, "now": None}
            )  # fmt: skip
    return result
