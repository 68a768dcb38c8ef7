"""How often the text may change for a tuned variant to be worth it, beside a search. Pure.

Both are measured where a run has two editions: what an update costs, and what an adapter loses that
is left as it was. The months of two variants meet at some rate of updates, with the hours of people
and without them; a stale adapter falls further behind with each update that it misses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.costing import Cost, break_even_updates
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant


def losses(results: Mapping[str, Any]) -> dict[str, float]:
    """What each variant that was left as it was loses with an update (0 to 1), as measured.

    One that lost nothing is taken to lose nothing; no loss is made up where none was measured.
    """
    rows = (results.get("editions") or {}).get("variants") or ()
    told = {row["name"]: (row.get("loss") or {}).get("value") for row in rows}
    return {name: max(0.0, value) for name, value in told.items() if value is not None}


def machine_alone(cost: Cost) -> Cost:
    """The cost without the hours of people."""
    people = cost.causes.get("people", {})
    return replace(
        cost,
        fixed=None if cost.fixed is None else cost.fixed - people.get("fixed", 0.0),
        per_update=(
            None if cost.per_update is None else cost.per_update - people.get("per_update", 0.0)
        ),
    )


def often(
    results: Mapping[str, Any],
    traits: Mapping[str, Variant],
    costs: Mapping[str, Cost],
    quality: Mapping[str, float],
    margin: float,
    queries: float,
) -> dict[str, dict[str, Any]]:
    """For each tuned variant of two editions, where it and the best search meet."""
    searches = [name for name in quality if traits[name].retrieves and not traits[name].tuned]
    if not results.get("editions") or not searches:
        return {}
    search = max(sorted(searches), key=lambda name: quality[name])
    lost = losses(results)
    return {
        name: {
            "search": search,
            **_meeting(costs.get(name), costs.get(search), queries, name, search),
            "lasts": _lasts(quality[name] - quality[search], lost.get(name), margin),
        }
        for name in quality if traits[name].tuned
    }  # fmt: skip


def with_frequency(
    editions: Mapping[str, Any],
    results: Mapping[str, Any],
    traits: Mapping[str, Variant],
    money: Mapping[str, Cost],
    decision: DecisionSpec,
    workload: WorkloadSpec,
) -> dict[str, Any]:
    """What was found of two editions, with how often the text may change beside each variant."""
    values = {
        row["name"]: (row["metrics"].get(decision.metric) or {}).get("value")
        for row in results["variants"] if not row["is_ceiling"]
    }  # fmt: skip
    quality = {name: float(value) for name, value in values.items() if value is not None}
    found = often(
        {**results, "editions": editions}, traits, money, quality, decision.margin,
        float(workload.queries_per_month),
    )  # fmt: skip
    rows = [
        {**row, "often": found[row["name"]]} if row["name"] in found else row
        for row in editions["variants"]
    ]
    return {**editions, "variants": rows}


def _meeting(
    own: Cost | None, other: Cost | None, queries: float, name: str, search: str
) -> dict[str, Any]:
    """Where the months meet, in all and of machines alone; or who is the cheaper at any rate."""
    result: dict[str, Any] = {}
    for key, sides in (
        ("", (own, other)),
        ("machine_", (own and machine_alone(own), other and machine_alone(other))),
    ):
        first, second = sides
        if first is None or second is None:
            continue
        found = break_even_updates(first, second, queries)
        if found is not None:
            at = "machine_at" if key else "at"
            result |= {at: found.at, f"{key}above": found.above}
            continue
        months = first.monthly(queries, 1.0), second.monthly(queries, 1.0)
        if months[0] is not None and months[1] is not None:
            result[f"{key}first"] = name if months[0] < months[1] else search
    return result


def _lasts(lead: float, loss: float | None, margin: float) -> float | None:
    """Missed updates after which it is behind by the margin; the exam was sat after one of them."""
    if lead < -margin:
        return 0.0
    if not loss:
        return None
    return 1.0 + (lead + margin) / loss
