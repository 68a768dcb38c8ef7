"""Quality, cost and latency in one figure, where the user says what they are worth to each other.

``utility = quality - points_per_money * cost - points_per_second * seconds``, in points of 100:
*quality* is the decisive metric as weighted by the workload, *cost* the whole month's money (what
is paid once spread over a year, updates, storage) for 1,000 of its questions, *seconds* the mean
time of one question asked alone. Quality has the weight 1, since only ratios decide. Comparisons
shift by the difference of what cost and latency take off; their intervals keep their width, which
is the exam's, and say nothing of errors in prices or clocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from workbench.costing import Cost
from workbench.experiment.decision import DecisionSpec

if TYPE_CHECKING:
    from workbench.decision.rules import PairOutcome

PER = 1000.0
POINTS = 100.0


def is_weighed(decision: DecisionSpec) -> bool:
    """Whether cost or latency are traded against quality."""
    return bool(decision.points_per_money or decision.points_per_second)


def seconds_of(row: Mapping[str, Any]) -> float | None:
    """The mean seconds of one question asked alone; None where it was not measured."""
    value = ((row.get("latency") or {}).get("total_s") or {}).get("mean")
    return None if value is None else float(value)


def cost_of(cost: Cost | None, queries: float) -> float | None:
    """The month's money for 1,000 of its questions."""
    if cost is None or cost.per_month is None:
        return None
    return cost.per_month / queries * PER


def time_worth(row: Mapping[str, Any], decision: DecisionSpec) -> float:
    """What latency takes off the score (0 or below, on the scale from 0 to 1)."""
    return -(decision.points_per_second or 0.0) * (seconds_of(row) or 0.0) / POINTS


def worth(
    row: Mapping[str, Any], cost: Cost | None, decision: DecisionSpec, queries: float
) -> float:
    """What cost and latency together take off the score (0 or below, from 0 to 1)."""
    money = (decision.points_per_money or 0.0) * (cost_of(cost, queries) or 0.0) / POINTS
    return time_worth(row, decision) - money


def unknown(
    row: Mapping[str, Any], cost: Cost | None, decision: DecisionSpec, queries: float
) -> list[str]:
    """The weights that cannot be applied to a variant, since what they weigh was not measured."""
    missing = []
    if decision.points_per_money and cost_of(cost, queries) is None:
        missing.append("points_per_money")
    if decision.points_per_second and seconds_of(row) is None:
        missing.append("points_per_second")
    return missing


def record(
    rows: Mapping[str, Mapping[str, Any]],
    quality: Mapping[str, float],
    candidates: Sequence[str],
    costs: Mapping[str, Cost],
    outcomes: Mapping[tuple[str, str], PairOutcome],
    decision: DecisionSpec,
    queries: float,
) -> dict[str, Any] | None:
    """The verdict's ``utility``: weights, parts by variant, comparisons; None without weights."""
    if not is_weighed(decision):
        return None
    variants = {}
    for name in candidates:
        variants[name] = {
            "quality": quality[name],
            "cost_per_1000": cost_of(costs.get(name), queries),
            "seconds": seconds_of(rows[name]),
            "utility": quality[name] + worth(rows[name], costs.get(name), decision, queries),
        }
    return {
        "points_per_money": decision.points_per_money or 0.0,
        "points_per_second": decision.points_per_second or 0.0,
        "variants": variants,
        "comparisons": [
            {"variant": pair[0], "baseline": pair[1], "difference": outcomes[pair].difference,
             "low": outcomes[pair].low, "high": outcomes[pair].high}
            for pair in combinations(candidates, 2)
        ],
    }  # fmt: skip
