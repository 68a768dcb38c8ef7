"""The sentences of a verdict as statements: each number with the place that it is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.decision.figures import (
    Statement,
    decisive_gap,
    is_trivial,
    margin_of,
    metric_of,
    month_of,
    name_of,
    queries_of,
    row_of,
)
from workbench.decision.objections import against, error_unknown, would_change
from workbench.decision.rules import cheaper
from workbench.wording import KIND_LABELS, STRATUM_LABELS, figure, money, statement

if TYPE_CHECKING:
    from workbench.decision.verdict import Case


def statements(verdict: dict[str, Any], case: Case) -> dict[str, Any]:
    """All statements of the verdict by their place in it."""
    flips = [_flip(place, item, case) for place, item in enumerate(verdict["flip_points"])]
    return {
        "sentence": _sentence(verdict, case),
        "reasons": _reasons(verdict, case),
        "flip_points": flips,
        "excluded": [_exclusion(place, item, case) for place, item in enumerate(case.excluded)],
        "against": against(verdict, case),
        "would_change": would_change(verdict, flips, case),
    }


def _sentence(verdict: dict[str, Any], case: Case) -> list[Statement]:
    chosen = case.variant
    if not case.candidates:
        if case.excluded:
            return [statement("verdict_all_excluded")]
        return [statement("verdict_nothing", metric=case.decision.metric)]
    if case.kind == "undecided":
        return _undecided(case)
    if chosen is None:
        return [
            statement("verdict_tie_no_cost", names=_list(case, case.tied), margin=margin_of(case))
        ]
    if len(case.candidates) == 1:
        return [statement("verdict_only_one", name=name_of(case, chosen))]
    rivals = [name for name in case.candidates if name != chosen]
    if case.kind == "tie":
        sentences = [
            statement("verdict_tie", name=name_of(case, chosen), names=_list(case, case.tied),
                      margin=margin_of(case))
        ]  # fmt: skip
    else:
        sentences = [statement("verdict_adopt", name=name_of(case, chosen))]
    for rival in rivals[:2]:
        gap = decisive_gap(case, chosen, rival)
        if gap is None:
            continue
        if case.standings[chosen, rival].better(case.decision.margin):
            key = "beats"
        elif gap["gap"]["value"] < 0:
            key = "gains_within" if rival in case.tied else "not_worse"
            gap = decisive_gap(case, rival, chosen) or gap
        else:
            key = "ahead_within" if rival in case.tied else "ahead"
        sentences.append(statement(key, name=name_of(case, chosen), rival=name_of(case, rival),
                              margin=margin_of(case), **gap))  # fmt: skip
    if verdict["on_quality_alone"]:
        sentences.append(statement("on_quality_alone"))
    return [*sentences, *_weights(case)]


def _weights(case: Case) -> list[Statement]:
    """What the points of the sentences are, where they are not quality alone."""
    if case.utility is None:
        return []
    currency = next((cost.currency for cost in case.costs.values()), "USD")
    at = "/verdict/utility/points_per_"
    return [
        statement("weighed",
                  unit=money(1.0, currency),
                  money=figure(case.utility["points_per_money"], "rate", f"{at}money"),
                  seconds=figure(case.utility["points_per_second"], "rate", f"{at}second"))
    ]  # fmt: skip


def _undecided(case: Case) -> list[Statement]:
    leader = case.leader or case.candidates[0]
    sentences = [statement("verdict_undecided", name=name_of(case, leader))]
    unknown = error_unknown(case, leader)
    rivals = [name for name in case.blockers if name != leader] or [
        name for name in case.candidates if name != leader
    ]
    if rivals:
        gap = decisive_gap(case, leader, rivals[0])
        spanned = gap is not None and gap["low"]["value"] is not None
        if gap is not None and spanned and gap["gap"]["value"] == 0:
            sentences = [statement("verdict_level", name=name_of(case, leader),
                              rival=name_of(case, rivals[0]), **gap)]  # fmt: skip
        elif gap is not None and spanned:
            key = "open"
            if cheaper(leader, rivals[0], case.monthly):
                key = "open_cheaper" if gap["gap"]["value"] >= 0 else "open_cheaper_behind"
            sentences.append(
                statement(
                    key,
                    name=name_of(case, leader),
                    rival=name_of(case, rivals[0]),
                    margin=margin_of(case),
                    **gap,
                )
            )
        else:
            sentences.append(statement("no_interval"))
    if case.needed is not None:
        needed = figure(case.needed, "about", "/verdict/needed_questions")
        sentences.append(statement("needed", needed=needed))
    elif unknown:
        sentences.append(statement("needed_unknown"))
    elif rivals and case.standings[leader, rivals[0]].sampling is not None:
        sentences.append(statement("needed_none", margin=margin_of(case)))
    return [*sentences, *_weights(case)]


def _list(case: Case, names: tuple[str, ...]) -> str:
    shown = [name_of(case, name) for name in names]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _reasons(verdict: dict[str, Any], case: Case) -> list[Statement]:
    """Up to three: the quality itself, what it costs, and what the two levers each did."""
    name = case.variant or case.leader
    if name is None:
        return [_exclusion(place, item, case) for place, item in enumerate(case.excluded)][:3]
    metric_at = case.results["level"]
    result = metric_of(case, name)
    key = "reason_quality" if result["low"]["value"] is not None else "reason_quality_bare"
    sentences = [
        statement(key, name=name_of(case, name), **result,
                  level=figure(metric_at, "share", "/level"))
    ]  # fmt: skip
    rivals = [rival for rival in case.candidates if rival != name]
    priced = [rival for rival in rivals if case.monthly.get(rival) is not None]
    if case.monthly.get(name) is not None and priced and is_trivial(case):
        dearest = max((name, *priced), key=lambda item: case.monthly[item] or 0)
        sentences.append(statement("reason_cost_trivial", name=name_of(case, dearest),
                              month=month_of(case, dearest), queries=queries_of(case)))  # fmt: skip
    elif case.monthly.get(name) is not None and priced:
        near = max(priced, key=lambda rival: case.standings[rival, name].difference or -1)
        own, other = case.monthly[name] or 0, case.monthly[near] or 0
        key = "reason_cheaper" if own < other else "reason_dearer"
        if own >= other and (case.kind == "undecided" or case.utility is not None):
            key = "reason_dearer_open"
        sentences.append(statement(key, name=name_of(case, name), month=month_of(case, name),
                              rival=name_of(case, near), other=month_of(case, near),
                              queries=queries_of(case)))  # fmt: skip
    elif verdict["on_quality_alone"]:
        sentences.append(statement("reason_no_cost"))
    effects = case.results.get("interaction")
    if effects and all(effects[part]["low"] is not None for part in _EFFECTS):
        sentences.append(statement("reason_levers", **_effects(effects)))
    else:
        sentences += _weakest_stratum(case, name)
    return sentences[:3]


_EFFECTS = ("main_retrieval", "main_tuning", "interaction")


def _effects(effects: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{part}_{key}": figure(effects[part][name], "difference", f"/interaction/{part}/{name}")
        for part in _EFFECTS
        for key, name in (("gap", "difference"), ("low", "low"), ("high", "high"))
    }


def _weakest_stratum(case: Case, name: str) -> list[Statement]:
    place, row = row_of(case, name)
    metric = case.decision.metric
    parts = {
        stratum: result[metric]["value"]
        for stratum, result in row["strata"].items()
        if result.get(metric, {}).get("value") is not None
    }
    if len(parts) < 2:
        return []
    worst = min(parts, key=lambda stratum: parts[stratum])
    at = f"/variants/{place}/strata/{worst}/{metric}/value"
    return [
        statement("reason_weakest", name=name_of(case, name), stratum=STRATUM_LABELS[worst].lower(),
                  value=figure(parts[worst], "points", at))
    ]  # fmt: skip


def _exclusion(place: int, item: Any, case: Case) -> Statement:
    name = name_of(case, item["variant"])
    constraint = item["constraint"]
    if constraint in ("must_cite", "must_stay_local"):
        return statement(f"excluded_{constraint}", name=name)
    if item["value"] is None:
        return statement(f"excluded_{constraint}_unknown", name=name)
    unit = "seconds" if constraint == "max_p90_s" else "money"
    at = f"/verdict/excluded/{place}"
    currency = case.costs[item["variant"]].currency if item["variant"] in case.costs else "USD"
    return statement(f"excluded_{constraint}", name=name,
                     value=figure(item["value"], unit, f"{at}/value", currency),
                     limit=figure(item["limit"], unit, f"{at}/limit", currency))  # fmt: skip


def _flip(place: int, item: dict[str, Any], case: Case) -> Statement:
    units = {"queries/month": "count", "updates/month": "rate", "points": "margin",
             "times": "rate", "money": "money", "share": "share"}  # fmt: skip
    currency = next((cost.currency for cost in case.costs.values()), "USD")
    quantity = item["quantity"]
    key = f"flip_{quantity}" if not quantity.startswith("share_") else "flip_share"
    side = "above" if item["above"] else "below"
    at = figure(item["at"], units[item["unit"]], f"/verdict/flip_points/{place}/at", currency)
    values: dict[str, Any] = {"at": at, "winner": name_of(case, item["winner"])}
    values["name"] = name_of(case, case.leader or "")
    if key == "flip_share":
        stratum = quantity.removeprefix("share_")
        kind = KIND_LABELS.get(stratum.removeprefix("kind_"), stratum)
        values["stratum"] = STRATUM_LABELS.get(stratum, kind).lower()
        values["now"] = figure(item["now"], "share", f"/verdict/flip_points/{place}/now")
    return statement(f"{key}_{side}", **values)
