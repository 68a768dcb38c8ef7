"""Comparisons, costs and constraints into one verdict. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from workbench.costing import Cost
from workbench.decision import arguments, utility
from workbench.decision.constraints import excluded, open_limits, over_budget
from workbench.decision.draws import clock_noise, draw
from workbench.decision.exam import Exam
from workbench.decision.flips import PointModel, flip_points, winner_map
from workbench.decision.inputs import VerdictInputs
from workbench.decision.objections import is_far_off
from workbench.decision.often import losses
from workbench.decision.outcomes import choose, needed_questions, open_pairs, pair_outcomes
from workbench.decision.rules import Months
from workbench.decision.shares import share_flips
from workbench.decision.today import today
from workbench.evaluation.groups import widest
from workbench.evaluation.table import Table
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
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
    metric, margin = decision.metric, decision.margin
    rows = {row["name"]: row for row in results["variants"] if not row["is_ceiling"]}
    queries = float(workload.queries_per_month)
    months = Months(
        {name: costs[name].per_month if name in costs else None for name in rows},
        {name: clock_noise(costs.get(name), queries) for name in rows},
    )
    gaps = widest(results.get("groups"))
    barred = excluded(rows, traits, costs, decision, queries, gaps)
    out = {item["variant"] for item in barred}
    scored = [name for name in rows if _value(rows[name], metric) is not None]
    elsewhere = [name for name in over_budget(barred) if name in scored]
    worths = {
        name: utility.worth(row, costs.get(name), decision, queries) for name, row in rows.items()
    }
    there = [name for name in scored if name not in out]
    exam = None
    if table is not None and there:
        exam = Exam.of(table, [*there, *elsewhere], results.get("mix"))
    quality = {name: float(_value(rows[name], metric) or 0.0) for name in scored}
    quality |= {} if exam is None else exam.quality()
    candidates = sorted(
        there, key=lambda name: (-np.nan_to_num(quality[name], nan=-1.0) - worths[name], name)
    )
    outcomes = pair_outcomes(results, exam, candidates, decision, worths, seed)
    unscored = [name for name in rows if name not in scored and name not in out]
    kind, chosen, tied, blockers = choose(candidates, outcomes, months, margin)
    if len(candidates) == 1 and unscored:
        kind, chosen = "undecided", None
    leader, now = chosen, None
    if exam is not None:
        now = _point_model(rows, quality, exam, costs, decision, workload, losses(results))
        place = int(now.winner(np.array(now.queries), np.array(now.updates)))
        leader = chosen or (now.names[place] if place >= 0 else candidates[0])
    if kind == "undecided" and leader is not None:
        blockers = open_pairs(leader, candidates, outcomes, months, margin)
    needed = None
    if kind == "undecided":
        needed = needed_questions(leader, candidates, outcomes, months, decision)
    inputs = VerdictInputs(
        results, tuple(candidates), tuple(barred), outcomes, costs, months, kind, chosen,
        leader, tied, needed, blockers, decision, workload,
        utility.record(rows, quality, candidates, costs, outcomes, decision, queries),
        None if exam is None else exam.record(outcomes), tuple(unscored),
        tuple(open_limits({name: rows[name] for name in candidates}, decision, gaps)),
    )  # fmt: skip
    verdict: dict[str, Any] = {
        "kind": kind,
        "variant": chosen,
        "leader": leader,
        "tied": list(tied),
        "metric": metric,
        "margin": margin,
        "level": decision.level,
        "queries_per_month": workload.queries_per_month,
        "updates_per_month": workload.updates_per_month,
        "needed_questions": None if needed is None else needed.median,
        "needed": None if needed is None else asdict(needed),
        "standings": [
            {"variant": leader, "baseline": rival, "state": outcomes[leader, rival].state(margin)}
            for rival in candidates if leader is not None and rival != leader
        ],
        "equivalence": equivalence(inputs),
        "excluded": list(barred),
        "open_limits": list(inputs.open_limits),
        "on_gold": bool((results.get("questions") or {}).get("on_gold")),
        "left_out": list(results.get("left_out") or ()),
        "unscored": unscored,
        "missing": inputs.missing,
        "utility": inputs.utility,
        "on_quality_alone": all(value is None for value in months.amounts.values()),
        "confidence": None,
        "wins": {},
        "flip_points": [],
        "map": None,
        "today": None,
    }  # fmt: skip
    if exam is not None and leader is not None and len(candidates) > 1:
        draws = draw(exam, candidates, rows, traits, costs, decision, workload,
                     uncertainty=uncertainty, seed=seed)  # fmt: skip
        if draws is not None:
            verdict["wins"] = draws.wins()
            verdict["confidence"] = verdict["wins"][leader]
        verdict["today"] = today(draws, leader, inputs, seed)
    turning = now is not None and len(now.names) > 1 and not np.isnan(now.here).all()
    if turning and now is not None and exam is not None and leader is not None:
        verdict["flip_points"] = [
            *flip_points(now, leader),
            *share_flips(exam.complete, now, workload, leader),
        ]
        if any(value is not None for value in months.amounts.values()):
            verdict["map"] = winner_map(now)
    return _with_words(verdict, inputs)


def _value(row: Mapping[str, Any], metric: str) -> float | None:
    value = (row["metrics"].get(metric) or {}).get("value")
    return None if value is None else float(value)


def equivalence(inputs: VerdictInputs) -> list[dict[str, Any]]:
    """The intervals by which pairs are called equal: of two one-sided tests, at ``2 level - 1``."""
    level = 2 * inputs.decision.level - 1
    result = []
    for (first, second), item in inputs.outcomes.items():
        if first > second or not item.equal:
            continue
        spans = [sample.interval(level) for sample in item.extremes or (item.sampling,) if sample]
        known = [span for span in spans if span is not None and span[0] < span[1]]
        if known:
            result.append(
                {"variant": first, "baseline": second, "difference": item.difference,
                 "low": min(span[0] for span in known), "high": max(span[1] for span in known),
                 "level": level}
            )  # fmt: skip
    return result


def _with_words(verdict: dict[str, Any], inputs: VerdictInputs) -> dict[str, Any]:
    sentences = arguments.statements(verdict, inputs)
    for item, words in zip(verdict["flip_points"], sentences["flip_points"], strict=True):
        item["sentence"] = text(words)
        item["far"] = is_far_off(item, inputs)
    if verdict["today"]:
        verdict["today"]["sentence"] = " ".join(text(item) for item in sentences["today"])
    return {
        **verdict,
        "sentence": " ".join(text(item) for item in sentences["sentence"]),
        "reasons": [text(item) for item in sentences["reasons"]],
        "form": " ".join(text(item) for item in sentences["form"]),
        "against": " ".join(text(item) for item in sentences["against"]),
        "would_change": [text(item) for item in sentences["would_change"]],
        "statements": sentences,
    }


def _point_model(
    rows: Mapping[str, Mapping[str, Any]],
    quality: Mapping[str, float],
    exam: Exam,
    costs: Mapping[str, Cost],
    decision: DecisionSpec,
    workload: WorkloadSpec,
    lost: Mapping[str, float],
) -> PointModel:
    """All that could win at some volume: the candidates, and those over the budget at this one."""
    names: Sequence[str] = exam.names
    return PointModel(
        tuple(names),
        np.array([quality[name] for name in names]),
        tuple(costs.get(name) for name in names),
        decision.margin,
        float(workload.queries_per_month),
        float(workload.updates_per_month),
        decision.max_monthly_cost,
        np.array([utility.time_worth(rows[name], decision) for name in names]),
        decision.points_per_money or 0.0,
        np.array([lost.get(name, 0.0) for name in names]),
    )
