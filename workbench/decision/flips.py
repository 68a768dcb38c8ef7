"""At what point the verdict would be another one; and the map of winners over two of them.

Everything is asked of the point rule, starting from what was declared and moving one quantity at
a time: queries and updates a month (closed form from the cost lines), margin, quality, price, the
worth of a correct answer, and the shares of the strata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.costing import Cost, break_even_queries, break_even_updates
from workbench.decision.rules import Array, winners
from workbench.evaluation.statistics.raking import rake

STEP = 1e-6
STEPS = 201


@dataclass(frozen=True, slots=True)
class Situation:
    """What the point rule weighs: quality per variant (NaN: excluded), costs, and the workload.

    Where the user trades quality against cost and latency, ``quality`` is the utility, and
    ``worth`` what cost and latency add to each variant's score (below zero) to make it that.
    """

    names: tuple[str, ...]
    quality: Array
    costs: tuple[Cost | None, ...]
    margin: float
    queries: float
    updates: float
    budget: float | None = None
    worth: Array | float = 0.0

    def months(self, queries: Array, updates: Array) -> Array:
        """Monthly cost, shape of ``queries`` and ``updates`` broadcast, plus variants."""
        shape = np.broadcast(queries, updates).shape
        made = np.full((*shape, len(self.names)), np.nan)
        for place, one in enumerate(self.costs):
            if one is None or None in (one.fixed, one.per_update, one.per_question):
                continue
            fixed = one.monthly(0.0, 0.0) or 0.0
            made[..., place] = (
                fixed + queries * (one.per_question or 0.0) + updates * (one.per_update or 0.0)
            )
        return made

    def winner(self, queries: Array, updates: Array, margin: float | None = None) -> Any:
        """Index of the winner at each volume and update rate."""
        months = self.months(np.asarray(queries, float), np.asarray(updates, float))
        quality = np.broadcast_to(self.quality, months.shape)
        if self.budget is not None:
            quality = np.where(np.nan_to_num(months, nan=0.0) > self.budget, np.nan, quality)
        return winners(quality, months, self.margin if margin is None else margin)


def flip_points(now: Situation, winner: str) -> list[dict[str, Any]]:
    """The nearest turning points of each quantity, each with the variant that wins beyond it."""
    home = now.names.index(winner)
    found: list[dict[str, Any]] = []
    found += _along(
        "queries_per_month", now.queries, _crossings(now, home, "queries"), home,
        lambda q: now.winner(np.array(q), np.array(now.updates)), now.names,
    )  # fmt: skip
    found += _along(
        "updates_per_month", now.updates, _crossings(now, home, "updates"), home,
        lambda u: now.winner(np.array(now.queries), np.array(u)), now.names,
    )  # fmt: skip
    best = np.nanmax(now.quality)
    gaps = [(float(best - q), None, None) for q in now.quality if not np.isnan(q)]
    found += _along(
        "margin", now.margin, gaps, home,
        lambda m: now.winner(np.array(now.queries), np.array(now.updates), float(m)), now.names,
    )  # fmt: skip
    found += _quality(now, home) + _price(now, home) + _worth(now, home)
    return found


def mix_flips(
    means: Array, weights: Array, strata: Sequence[str], now: Situation, winner: str
) -> list[dict[str, Any]]:
    """Shares of a stratum at which another variant wins, the other shares scaled to fit.

    ``means`` is (strata, variants), NaN where excluded.
    """
    found = []
    for place, stratum in enumerate(strata):
        pooled = moved_shares(weights, place) @ means
        found += _turns(f"share_{stratum}", float(weights[place]), pooled, now, winner)
    return found


def cell_flips(
    cells: Array, means: Array, shares: tuple[Array, Array],
    names: tuple[Sequence[str], Sequence[str]], now: Situation, winner: str,
) -> list[dict[str, Any]]:  # fmt: skip
    """As :func:`mix_flips` where strata and kinds both have shares, raked at every step.

    ``cells`` (strata, kinds) counts questions, ``means`` is (strata, kinds, variants).
    """
    found = []
    for side, prefix in enumerate(("share_", "share_kind_")):
        for place, name in enumerate(names[side]):
            if len(names[side]) < 2:
                continue
            grid = moved_shares(shares[side], place)
            raked = rake(cells, *((grid, shares[1]) if side == 0 else (shares[0], grid)))
            pooled = np.tensordot(raked, means, axes=([1, 2], [0, 1]))
            found += _turns(f"{prefix}{name}", float(shares[side][place]), pooled, now, winner)
    return found


def moved_shares(weights: Array, place: int) -> Array:
    """(201, shares): one share from 0 to 1 in even steps, the others scaled to fit."""
    rest = np.delete(weights, place)
    others = rest / rest.sum() if rest.sum() > 0 else np.full(len(rest), 1 / max(1, len(rest)))
    grid = np.linspace(0.0, 1.0, STEPS)[:, None]
    made: Array = np.insert((1 - grid) * others, place, grid[:, 0], axis=1)
    return made


def _turns(
    quantity: str, here: float, pooled: Array, now: Situation, winner: str
) -> list[dict[str, Any]]:
    """Where along a share from 0 to 1 another variant begins to win; ``pooled`` by its steps."""
    home = now.names.index(winner)
    chosen = winners(
        pooled + now.worth, now.months(np.array(now.queries), np.array(now.updates)), now.margin
    )
    grid = np.linspace(0.0, 1.0, STEPS)
    start = int(np.argmin(np.abs(grid - here)))
    if chosen[start] != home:
        return []
    found = []
    for direction in (range(start + 1, STEPS), range(start - 1, -1, -1)):
        turned = next((at for at in direction if chosen[at] != home), None)
        if turned is not None and chosen[turned] >= 0:
            found.append(
                {"quantity": quantity, "at": float(grid[turned]), "unit": "share",
                 "winner": now.names[chosen[turned]], "above": turned > start, "now": here}
            )  # fmt: skip
    return found


def winner_map(now: Situation) -> dict[str, Any]:
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
    found = []
    ordered = sorted(set(candidates), key=lambda one: one[0])
    above = [one for one in ordered if one[0] >= here]
    below = [one for one in reversed(ordered) if one[0] < here]
    for side, upward in ((above, True), (below, False)):
        for at, low, high in side:
            beyond = at + max(abs(at), 1e-3) * STEP if upward else at - max(abs(at), 1e-3) * STEP
            if beyond < 0:
                continue
            turned = int(ask(beyond))
            if turned not in (home, -1):
                found.append(
                    {"quantity": quantity, "at": at, "unit": unit, "winner": names[turned],
                     "above": upward, "low": low, "high": high, "now": here}
                )  # fmt: skip
                break
    return found


def _crossings(
    now: Situation, home: int, axis: str
) -> list[tuple[float, float | None, float | None]]:
    own = now.costs[home]
    made: list[tuple[float, float | None, float | None]] = []
    if own is None:
        return made
    for place, rival in enumerate(now.costs):
        if place == home or rival is None or np.isnan(now.quality[place]):
            continue
        cross = (
            break_even_queries(rival, own, now.updates)
            if axis == "queries"
            else break_even_updates(rival, own, now.queries)
        )
        if cross is not None:
            made.append((cross.at, cross.low, cross.high))
    slope = own.per_question if axis == "queries" else own.per_update
    rest = own.monthly(0, now.updates) if axis == "queries" else own.monthly(now.queries, 0)
    if now.budget is not None and slope and rest is not None and now.budget > rest:
        made.append(((now.budget - rest) / slope, None, None))
    return made


def _quality(now: Situation, home: int) -> list[dict[str, Any]]:
    """The rival that would need the smallest gain in quality to win."""
    months = now.months(np.array(now.queries), np.array(now.updates))
    least: tuple[float, int] | None = None
    for place in range(len(now.names)):
        if place == home or np.isnan(now.quality[place]):
            continue
        others = np.delete(now.quality, place)
        best = np.nanmax(others)
        for target in (best - now.margin, best, now.quality[home] + now.margin, best + now.margin):
            gain = float(target - now.quality[place]) + 1e-9
            if gain <= 0 or (least is not None and gain >= least[0]):
                continue
            moved = now.quality.copy()
            moved[place] += gain
            if moved[place] <= 1 and int(winners(moved, months, now.margin)) == place:
                least = (gain, place)
    if least is None:
        return []
    return [
        {"quantity": "quality", "at": least[0], "unit": "points", "winner": now.names[least[1]],
         "above": True, "now": 0.0}
    ]  # fmt: skip


def _price(now: Situation, home: int) -> list[dict[str, Any]]:
    """The factor on the winner's monthly cost at which a rival as good becomes the cheaper."""
    months = now.months(np.array(now.queries), np.array(now.updates))
    best = np.nanmax(now.quality)
    factors = [
        (float(months[place] / months[home]), place)
        for place in range(len(now.names))
        if place != home and now.quality[place] >= best - now.margin
        and months[home] > 0 and months[place] > months[home]
    ]  # fmt: skip
    if not factors:
        return []
    factor, place = min(factors)
    return [
        {"quantity": "price", "at": factor, "unit": "times", "winner": now.names[place],
         "above": True, "now": 1.0}
    ]  # fmt: skip


def _worth(now: Situation, home: int) -> list[dict[str, Any]]:
    """The worth of one more correct answer at which paying for quality, or saving, wins."""
    months = now.months(np.array(now.queries), np.array(now.updates))
    found: Mapping[bool, list[tuple[float, int]]] = {True: [], False: []}
    for place in range(len(now.names)):
        if place == home or np.isnan(now.quality[place]):
            continue
        gain, extra = now.quality[place] - now.quality[home], months[place] - months[home]
        if gain * extra > 0 and abs(gain) > 1e-9:
            found[bool(gain > 0)].append((float(extra / (now.queries * gain)), place))
    made = []
    for dearer, choose in ((True, min), (False, max)):
        if found[dearer]:
            at, place = choose(found[dearer])
            made.append(
                {"quantity": "worth_of_a_correct_answer", "at": at, "unit": "money",
                 "winner": now.names[place], "above": dearer, "now": None}
            )  # fmt: skip
    return made
