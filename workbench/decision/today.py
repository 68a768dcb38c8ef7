"""The verdict's ``today``: what to take if the choice must be made now, and what that risks."""

from __future__ import annotations

from typing import Any

from workbench.decision.draws import DRAWS, Draws
from workbench.decision.figures import Statement, margin_of, name_of
from workbench.decision.inputs import VerdictInputs
from workbench.decision.objections import has_room, of_messages, sections_asked
from workbench.decision.regret import BAND, STEPS, TAIL, regrets, worth_of_evidence
from workbench.decision.utility import PER, POINTS
from workbench.wording import LEAST_SHOWN, figure, statement

#: Money a month below which nobody minds having paid it for nothing.
LEAST_MONEY = 1.0


def today(draws: Draws | None, choice: str, inputs: VerdictInputs, seed: int) -> dict[str, Any]:
    """What results.json says under ``verdict/today``; without draws only whom to take."""
    result: dict[str, Any] = {
        "variant": choice, "points": None, "points_tail": None, "money": None,
        "money_tail": None, "worth": None, "chance": None, "tail": TAIL, "draws": 0,
        "missing": _from_missing(choice, inputs), "variants": {}, "evidence": [],
        "band": (BAND[1] - BAND[0]) / 100, "halved_at": None,
    }  # fmt: skip
    if draws is None:
        return result
    rows = regrets(draws)
    evidence = worth_of_evidence(draws, seed)
    halved = [item["questions"] for item in evidence[1:]
              if item["points"] <= evidence[0]["points"] / 2]  # fmt: skip
    own = rows[choice]
    return {
        **result, **own,
        "worth": _worth(own["points"], inputs),
        "draws": DRAWS, "variants": rows, "evidence": evidence,
        "halved_at": halved[0] if halved else None,
    }  # fmt: skip


def _from_missing(choice: str, inputs: VerdictInputs) -> float | None:
    """By how much the missing scores could put the choice behind some rival; None if none are."""
    shifts = [
        item.difference - item.extremes[0].value
        for (name, _), item in inputs.outcomes.items()
        if name == choice and item.extremes is not None and item.difference is not None
    ]
    return max(shifts, default=None)


def _worth(points: float, inputs: VerdictInputs) -> float | None:
    """Points lost as money a month, at what the user gives for a point; None where nothing is."""
    weight = inputs.decision.points_per_money
    if not weight:
        return None
    return points * POINTS / weight * inputs.workload.queries_per_month / PER


def today_statements(verdict: dict[str, Any], inputs: VerdictInputs) -> list[Statement]:
    """What to take, what it loses on average and in an unlucky case, and what evidence is worth."""
    item = verdict["today"]
    if not item:
        return []
    name = name_of(inputs, item["variant"])
    if item["points"] is None:
        return [statement("today_unknown", name=name)]
    at = "/verdict/today"
    safe = item["points_tail"] < LEAST_SHOWN and item["missing"] is None
    result = [
        statement("today_safe", name=name) if safe else
        statement("today", name=name, points=figure(item["points"], "loss", f"{at}/points"),
                  tail=figure(item["points_tail"], "loss", f"{at}/points_tail")),
    ]  # fmt: skip
    if item["missing"] is not None:
        points = figure(item["missing"], "loss", f"{at}/missing")
        result.append(statement("today_missing", points=points))
    if not safe:
        chance = figure(item["chance"], "share", f"{at}/chance")
        result += [_evidence(item, inputs)] if item["missing"] is None else []
        result.append(statement("today_chance", margin=margin_of(inputs), chance=chance))
    currency = next((cost.currency for cost in inputs.costs.values()), "USD")
    for key, least in (("money", LEAST_MONEY), ("worth", 0.0)):
        if item[key] is not None and item[key] > least and not (safe and key == "worth"):
            money = figure(item[key], "money", f"{at}/{key}", currency)
            result.append(statement(f"today_{key}", money=money))
    return result


def _evidence(item: dict[str, Any], inputs: VerdictInputs) -> Statement:
    """How many more questions halve the loss, or how little even the most of them take off it."""
    if item["points_tail"] <= inputs.decision.margin:
        return statement("evidence_enough", margin=margin_of(inputs))
    halved = item["halved_at"]
    place = STEPS.index(halved) if halved else len(STEPS) - 1
    step = item["evidence"][place]
    at = f"/verdict/today/evidence/{place}"
    values: dict[str, Any] = {
        "questions": figure(step["questions"], "count", f"{at}/questions"),
        "points": figure(step["points"], "loss", f"{at}/points"),
    }
    key = "evidence_halves" if halved else "evidence_slow"
    if of_messages(inputs):
        return statement(f"{key}_labelled", **values)
    if has_room(inputs, step["questions"]):
        return statement(key, **values)
    asked, sections = sections_asked(inputs)
    return statement(
        f"{key}_beyond", **values,
        asked=figure(asked, "count", "/questions/sections"),
        sections=figure(sections, "count", "/run/corpus/sections"),
    )  # fmt: skip
