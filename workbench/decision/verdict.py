"""Comparisons, costs and constraints into one verdict. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from workbench.costing import Cost
from workbench.decision import arguments, utility
from workbench.decision.confidence import confidence
from workbench.decision.flips import PointModel, flip_points, winner_map
from workbench.decision.inputs import VerdictInputs
from workbench.decision.objections import is_far_off
from workbench.decision.rules import PairOutcome, acceptable, cheaper, pair_outcome, shifted
from workbench.decision.shares import share_flips
from workbench.evaluation import statistics
from workbench.evaluation.statistics import Sampling
from workbench.evaluation.table import Table
from workbench.experiment.parts import DecisionSpec, WorkloadSpec
from workbench.experiment.variant import Variant
from workbench.wording import text


def decide(
    results: Mapping[str, Any],
    table: Table | None,
    traits: Mapping[str, Variant],
    costs: Mapping[str, Cost],
    decision: DecisionSpec,
    workload: WorkloadSpec,
    *,
    uncertainty: float = 0.2,
    seed: int = 0,
) -> dict[str, Any]:
    """The verdict of results.json, from its other parts and the decisive metric's table.

    Never raises for thin evidence: without questions, intervals or prices it says ``undecided``,
    or decides on what there is, and names what is missing.
    """
    metric = decision.metric
    rows = {row["name"]: row for row in results["variants"] if not row["is_ceiling"]}
    valued = [
        name for name, row in rows.items()
        if (row["metrics"].get(metric) or {}).get("value") is not None
    ]  # fmt: skip
    monthly = {name: costs[name].per_month if name in costs else None for name in rows}
    queries = float(workload.queries_per_month)
    excluded = _excluded(rows, traits, costs, decision, queries)
    out = {item["variant"] for item in excluded}
    worths = {
        name: utility.worth(row, costs.get(name), decision, queries) for name, row in rows.items()
    }
    candidates = sorted(
        (name for name in valued if name not in out),
        key=lambda name: -rows[name]["metrics"][metric]["value"] - worths[name],
    )
    outcomes = _outcomes(results, table, candidates, decision, worths, seed)
    kind, chosen, tied, blockers = _choose(candidates, outcomes, monthly, decision.margin)
    leader = chosen
    point_model = None
    if candidates and table is not None:
        point_model = _point_model(rows, candidates, costs, monthly, decision, workload)
        place = int(
            point_model.winner(np.array(point_model.queries), np.array(point_model.updates))
        )
        leader = chosen or (point_model.names[place] if place >= 0 else candidates[0])
    if kind == "undecided" and leader is not None:
        blockers = _open_pairs(leader, candidates, outcomes, monthly, decision.margin)
    needed = None
    if kind == "undecided":
        needed = _needed(leader, candidates, outcomes, monthly, decision)
    inputs = VerdictInputs(
        results, tuple(candidates), tuple(excluded), outcomes, costs, monthly, kind, chosen,
        leader, tied, needed, blockers, decision, workload,
        utility.record(rows, candidates, costs, outcomes, decision, queries),
    )  # fmt: skip
    verdict: dict[str, Any] = {
        "kind": kind,
        "variant": chosen,
        "leader": leader,
        "tied": list(tied),
        "metric": metric,
        "margin": decision.margin,
        "level": decision.level,
        "queries_per_month": workload.queries_per_month,
        "updates_per_month": workload.updates_per_month,
        "needed_questions": needed,
        "excluded": list(excluded),
        "on_gold": bool((results.get("questions") or {}).get("on_gold")),
        "left_out": list(results.get("left_out") or ()),
        "utility": inputs.utility,
        "on_quality_alone": all(value is None for value in monthly.values()),
        "confidence": None,
        "wins": {},
        "flip_points": [],
        "map": None,
    }
    if point_model is not None and leader is not None and table is not None and len(candidates) > 1:
        rng = np.random.default_rng(seed)
        columns = [table.variants.index(name) for name in point_model.names]
        allowed = np.where(np.isnan(point_model.quality), np.nan, point_model.time_worth)
        shares = confidence(
            table.values[:, columns], table.design(workload.strata), point_model.costs,
            [traits[name].hosted or "" for name in point_model.names], margin=decision.margin,
            queries=point_model.queries, updates=point_model.updates, uncertainty=uncertainty,
            allowed=allowed, points_per_money=decision.points_per_money or 0.0, rng=rng,
        )  # fmt: skip
        verdict["wins"] = {
            name: float(part) for name, part in zip(point_model.names, shares, strict=True)
        }
        verdict["confidence"] = verdict["wins"][leader]
        flips = flip_points(point_model, leader)
        flips += share_flips(rows, table, point_model, metric, workload, leader)
        verdict["flip_points"] = flips
        if any(item is not None for item in monthly.values()):
            verdict["map"] = winner_map(point_model)
    return _with_words(verdict, inputs)


def _with_words(verdict: dict[str, Any], inputs: VerdictInputs) -> dict[str, Any]:
    sentences = arguments.statements(verdict, inputs)
    for item, words in zip(verdict["flip_points"], sentences["flip_points"], strict=True):
        item["sentence"] = text(words)
        item["far"] = is_far_off(item, inputs)
    return {
        **verdict,
        "sentence": " ".join(text(item) for item in sentences["sentence"]),
        "reasons": [text(item) for item in sentences["reasons"]],
        "against": " ".join(text(item) for item in sentences["against"]),
        "would_change": [text(item) for item in sentences["would_change"]],
        "statements": sentences,
    }


def _excluded(
    rows: Mapping[str, Mapping[str, Any]],
    traits: Mapping[str, Variant],
    costs: Mapping[str, Cost],
    decision: DecisionSpec,
    queries: float,
) -> list[dict[str, Any]]:
    """Variants that a constraint rules out; what was not measured rules out too, and says so."""
    result: list[dict[str, Any]] = []
    for place, (name, row) in enumerate(rows.items()):
        own = traits.get(name)
        limits: list[tuple[str, float | None, float | None]] = []
        p90 = (row["latency"].get("total_s") or {}).get("p90")
        if decision.max_p90_s is not None and (p90 is None or p90 > decision.max_p90_s):
            limits.append(("max_p90_s", p90, decision.max_p90_s))
        cost = costs[name].per_month if name in costs else None
        if decision.max_monthly_cost is not None and (
            cost is None or cost > decision.max_monthly_cost
        ):
            limits.append(("max_monthly_cost", cost, decision.max_monthly_cost))
        if decision.must_cite and (own is None or not own.cites):
            limits.append(("must_cite", None, None))
        if decision.must_stay_local and (own is None or not own.local):
            limits.append(("must_stay_local", None, None))
        limits += [
            (weight, None, getattr(decision, weight))
            for weight in utility.unknown(row, costs.get(name), decision, queries)
        ]
        result += [
            {"variant": name, "constraint": limit, "value": value, "limit": bound, "place": place}
            for limit, value, bound in limits
        ]
    return result


def _outcomes(
    results: Mapping[str, Any],
    table: Table | None,
    candidates: Sequence[str],
    decision: DecisionSpec,
    worths: Mapping[str, float],
    seed: int,
) -> dict[tuple[str, str], PairOutcome]:
    recorded = {
        (result["variant"], result["baseline"]): result
        for result in results["comparisons"]
        if result["metric"] == decision.metric and result["stratum"] is None
    }
    result: dict[tuple[str, str], PairOutcome] = {}
    mix = results.get("mix")
    design = None if table is None else table.design(mix)
    samples: dict[tuple[str, str], Sampling | None] = {}
    for first, second in permutations(candidates, 2):
        sample = None
        if (second, first) in samples:
            other_way = samples[second, first]
            sample = None if other_way is None else other_way.reversed()
        elif table is not None and design is not None:
            columns = [table.column(first), table.column(second)]
            sample = statistics.contrast(columns, (1, -1), design, seed=seed)
        samples[first, second] = sample
        item, other = recorded.get((first, second)), recorded.get((second, first))
        low = high = None
        if item is not None:
            low, high = item["low"], item["high"]
        elif other is not None and other["low"] is not None:
            low, high = -other["high"], -other["low"]
        plain = pair_outcome(sample, low, high, decision.margin, decision.level)
        by = worths[first] - worths[second]
        result[first, second] = shifted(plain, by, decision.margin, decision.level)
    return result


def _choose(
    candidates: Sequence[str],
    outcomes: Mapping[tuple[str, str], PairOutcome],
    monthly: Mapping[str, float | None],
    margin: float,
) -> tuple[str, str | None, tuple[str, ...], tuple[str, ...]]:
    """Kind, chosen variant, those it is tied with, and those that stand in the way."""
    if not candidates:
        return "undecided", None, (), ()
    if len(candidates) == 1:
        return "adopt", candidates[0], (), ()
    for name in candidates:
        if acceptable(name, candidates, outcomes, monthly, margin):
            tied = tuple(
                rival for rival in candidates if rival != name and outcomes[name, rival].equal
            )
            return ("tie" if tied else "adopt"), name, tied, ()
    best = candidates[0]
    rivals = [name for name in candidates if name != best]
    open_ones = tuple(name for name in rivals if not outcomes[best, name].better(margin))
    if all(outcomes[best, name].equal for name in open_ones):
        return "tie", None, (best, *open_ones), ()
    return "undecided", None, (), open_ones


def _open_pairs(
    leader: str,
    candidates: Sequence[str],
    outcomes: Mapping[tuple[str, str], PairOutcome],
    monthly: Mapping[str, float | None],
    margin: float,
) -> tuple[str, ...]:
    """The rivals that keep the leader from being recommended, the closest first."""
    rivals = [
        name for name in candidates
        if name != leader and not acceptable(leader, [name], outcomes, monthly, margin)
    ]  # fmt: skip
    return tuple(sorted(rivals, key=lambda name: outcomes[leader, name].difference or 0.0))


def _needed(
    leader: str | None,
    rivals: Sequence[str],
    outcomes: Mapping[tuple[str, str], PairOutcome],
    monthly: Mapping[str, float | None],
    decision: DecisionSpec,
) -> int | None:
    """Questions that settle every open pair of the leader; None where none would.

    A cheaper leader has only to be shown not worse by the margin; another one, better by it.
    """
    asked = []
    for rival in rivals:
        if leader is None or rival == leader or (leader, rival) not in outcomes:
            continue
        stand = outcomes[leader, rival]
        saves = cheaper(leader, rival, monthly)
        if (
            stand.sampling is None
            or stand.better(decision.margin)
            or (stand.not_worse(decision.margin) and (saves or stand.equal))
        ):
            continue
        if not saves and abs(stand.sampling.value) < decision.margin:
            asked.append(
                statistics.questions_needed(stand.sampling, decision.margin, decision.level)
            )
            continue
        bound = -decision.margin if saves else decision.margin
        asked.append(statistics.questions_to_clear(stand.sampling, bound, decision.level))
    if not asked or any(item is None for item in asked):
        return None
    return max(item.median for item in asked if item is not None)


def _point_model(
    rows: Mapping[str, Mapping[str, Any]],
    candidates: Sequence[str],
    costs: Mapping[str, Cost],
    monthly: Mapping[str, float | None],
    decision: DecisionSpec,
    workload: WorkloadSpec,
) -> PointModel:
    """Candidates in the order of the results; one over the budget only at this volume stays in."""
    names = tuple(name for name in rows if name in candidates)
    quality = np.array([rows[name]["metrics"][decision.metric]["value"] for name in names], float)
    return PointModel(
        names,
        quality,
        tuple(costs.get(name) for name in names),
        decision.margin,
        float(workload.queries_per_month),
        float(workload.updates_per_month),
        decision.max_monthly_cost,
        np.array([utility.time_worth(rows[name], decision) for name in names]),
        decision.points_per_money or 0.0,
    )
