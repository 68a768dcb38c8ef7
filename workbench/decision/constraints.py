"""Which variants a constraint rules out, and which limits this run cannot settle. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.costing import Cost
from workbench.decision import utility
from workbench.experiment.decision import DecisionSpec
from workbench.experiment.variant import Variant

Rows = Mapping[str, Mapping[str, Any]]
#: Of each variant the widest gap between groups of questions: its value and ends.
Gaps = Mapping[str, Mapping[str, Any]]


def excluded(
    rows: Rows,
    traits: Mapping[str, Variant],
    costs: Mapping[str, Cost],
    decision: DecisionSpec,
    queries: float,
    gaps: Gaps | None = None,
) -> list[dict[str, Any]]:
    """Variants that a constraint rules out; what was not measured rules out too, and says so.

    Latency, and a gap between groups, rule out only where the whole interval lies beyond the limit:
    see :func:`open_limits` for the others.
    """
    result: list[dict[str, Any]] = []
    for place, (name, row) in enumerate(rows.items()):
        own = traits.get(name)
        limits: list[tuple[str, float | None, float | None]] = []
        p90, least, _ = _slowest_tenth(row)
        if decision.max_p90_s is not None and (least is None or least > decision.max_p90_s):
            limits.append(("max_p90_s", p90, decision.max_p90_s))
        cost = costs[name].per_month if name in costs else None
        if decision.max_monthly_cost is not None and (
            cost is None or cost > decision.max_monthly_cost
        ):
            limits.append(("max_monthly_cost", cost, decision.max_monthly_cost))
        if decision.must_cite and (own is None or not own.cites):
            limits.append(("must_cite", None, None))
        held = row["metrics"].get("citation_recall") if decision.must_cite else None
        if held and held["high"] is not None and held["high"] < decision.least_cited:
            limits.append(("least_cited", held["value"], decision.least_cited))
        if decision.must_stay_local and (own is None or not own.local):
            limits.append(("must_stay_local", None, None))
        gap = (gaps or {}).get(name, {})
        if decision.max_group_gap is not None and (gap.get("low") or 0.0) > decision.max_group_gap:
            limits.append(("max_group_gap", gap["value"], decision.max_group_gap))
        limits += [
            (weight, None, getattr(decision, weight))
            for weight in utility.unknown(row, costs.get(name), decision, queries)
        ]
        result += [
            {"variant": name, "constraint": limit, "value": value, "limit": bound, "place": place}
            for limit, value, bound in limits
        ]
    return result


def open_limits(
    rows: Rows, decision: DecisionSpec, gaps: Gaps | None = None
) -> list[dict[str, Any]]:
    """Variants of which the questions do not show on which side of a limit they lie.

    Where too few were timed for an upper bound, one that exceeded the limit leaves it open. So does
    a gap between groups that could not be measured.
    """
    return [*_open_times(rows, decision), *_open_gaps(rows, decision, gaps or {})]


def _open_gaps(rows: Rows, decision: DecisionSpec, gaps: Gaps) -> list[dict[str, Any]]:
    limit = decision.max_group_gap
    if limit is None:
        return []
    result = []
    for name in rows:
        gap = gaps.get(name, {})
        value, low, high = (gap.get(key) for key in ("value", "low", "high"))
        if low is not None and high is not None and (low > limit or high <= limit):
            continue
        result.append({"variant": name, "constraint": "max_group_gap", "value": value, "low": low,
                       "high": high, "limit": limit})  # fmt: skip
    return result


def _open_times(rows: Rows, decision: DecisionSpec) -> list[dict[str, Any]]:
    limit = decision.max_p90_s
    if limit is None:
        return []
    result = []
    for name, row in rows.items():
        p90, least, most = _slowest_tenth(row)
        slowest = (row["latency"].get("total_s") or {}).get("slowest")
        reach = most if most is not None else slowest
        if p90 is None or least is None or least > limit or max(p90, reach or 0.0) <= limit:
            continue
        result.append({"variant": name, "constraint": "max_p90_s", "value": p90, "low": least,
                       "high": most, "limit": limit})  # fmt: skip
    return result


def over_budget(listed: list[dict[str, Any]]) -> list[str]:
    """Variants that nothing but the budget rules out, at a cost that is known."""
    by: dict[str, list[dict[str, Any]]] = {}
    for item in listed:
        by.setdefault(item["variant"], []).append(item)
    return [
        name
        for name, items in by.items()
        if [item["constraint"] for item in items] == ["max_monthly_cost"]
        and items[0]["value"] is not None
    ]


def _slowest_tenth(row: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """The 90th percentile and its interval; an older run's has none, and stands for itself."""
    times = row["latency"].get("total_s") or {}
    p90, low = times.get("p90"), times.get("p90_low")
    return p90, p90 if low is None else low, times.get("p90_high")
