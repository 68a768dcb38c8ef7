"""The sentences of a verdict as statements: each number with the place that it is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.decision.rules import cheaper
from workbench.wording import STRATUM_LABELS, figure, label, short_label, statement

if TYPE_CHECKING:
    from workbench.decision.verdict import Case

Statement = dict[str, Any]
TRIVIAL_MONTH = 1.0
FAR_MARGIN = 0.25


def statements(verdict: dict[str, Any], case: Case) -> dict[str, Any]:
    """All statements of the verdict by their place in it."""
    flips = [_flip(place, one, case) for place, one in enumerate(verdict["flip_points"])]
    return {
        "sentence": _sentence(verdict, case),
        "reasons": _reasons(verdict, case),
        "flip_points": flips,
        "excluded": [_exclusion(place, one, case) for place, one in enumerate(case.excluded)],
        "against": _against(verdict, case),
        "would_change": _would_change(verdict, flips, case),
    }


def _row(case: Case, name: str) -> tuple[int, dict[str, Any]]:
    for place, row in enumerate(case.results["variants"]):
        if row["name"] == name:
            return place, row
    raise KeyError(name)


def _name(case: Case, name: str) -> str:
    return next(
        (short_label(row) for row in case.results["variants"] if row["name"] == name), label(name)
    )


def _metric_of(case: Case, name: str) -> dict[str, Any]:
    """Value and interval of the decisive metric, as figures."""
    place, row = _row(case, name)
    metric = case.decision.metric
    made = row["metrics"][metric]
    at = f"/variants/{place}/metrics/{metric}"
    return {key: figure(made[key], "points", f"{at}/{key}") for key in ("value", "low", "high")}


def _gap(case: Case, first: str, second: str, stratum: str | None = None) -> dict[str, Any] | None:
    """Difference ``first - second`` with interval as figures, and its bounds; None if unknown."""
    for place, one in enumerate(case.results["comparisons"]):
        if one["metric"] != case.decision.metric or one["stratum"] != stratum:
            continue
        if one["difference"] is None or {one["variant"], one["baseline"]} != {first, second}:
            continue
        sign = 1 if one["variant"] == first else -1
        keys = ("low", "high") if sign == 1 else ("high", "low")
        at = f"/comparisons/{place}"
        made = {"gap": figure(sign * one["difference"], "difference", f"{at}/difference",
                              sign=sign)}  # fmt: skip
        for name, key in zip(("low", "high"), keys, strict=True):
            value = None if one[key] is None else sign * one[key]
            made[name] = figure(value, "difference", f"{at}/{key}", sign=sign)
        return made
    return None


def _month(case: Case, name: str) -> dict[str, Any]:
    place, _ = _row(case, name)
    cost = case.costs[name]
    return figure(cost.per_month, "money", f"/variants/{place}/cost/per_month", cost.currency)


def _margin(case: Case) -> dict[str, Any]:
    return figure(case.decision.margin, "margin", "/verdict/margin")


def _queries(case: Case) -> dict[str, Any]:
    return figure(case.workload.queries_per_month, "count", "/verdict/queries_per_month")


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
            statement("verdict_tie_no_cost", names=_list(case, case.tied), margin=_margin(case))
        ]
    if len(case.candidates) == 1:
        return [statement("verdict_only_one", name=_name(case, chosen))]
    rivals = [name for name in case.candidates if name != chosen]
    if case.kind == "tie":
        said = [
            statement("verdict_tie", name=_name(case, chosen), names=_list(case, case.tied),
                      margin=_margin(case))
        ]  # fmt: skip
    else:
        said = [statement("verdict_adopt", name=_name(case, chosen))]
    for rival in rivals[:2]:
        gap = _gap(case, chosen, rival)
        if gap is None:
            continue
        if case.standings[chosen, rival].better(case.decision.margin):
            key = "beats"
        elif gap["gap"]["value"] < 0:
            key = "gains_within" if rival in case.tied else "not_worse"
            gap = _gap(case, rival, chosen) or gap
        else:
            key = "ahead_within" if rival in case.tied else "ahead"
        said.append(statement(key, name=_name(case, chosen), rival=_name(case, rival),
                              margin=_margin(case), **gap))  # fmt: skip
    if verdict["on_quality_alone"]:
        said.append(statement("on_quality_alone"))
    return said


def _undecided(case: Case) -> list[Statement]:
    leader = case.leader or case.candidates[0]
    said = [statement("verdict_undecided", name=_name(case, leader))]
    rivals = [name for name in case.blockers if name != leader] or [
        name for name in case.candidates if name != leader
    ]
    if rivals:
        gap = _gap(case, leader, rivals[0])
        if gap is not None and gap["low"]["value"] is not None:
            key = "open"
            if cheaper(leader, rivals[0], case.monthly):
                key = "open_cheaper" if gap["gap"]["value"] >= 0 else "open_cheaper_behind"
            said.append(statement(key, name=_name(case, leader), rival=_name(case, rivals[0]),
                                  margin=_margin(case), **gap))  # fmt: skip
        else:
            said.append(statement("no_interval"))
    if case.needed is not None:
        needed = figure(case.needed, "about", "/verdict/needed_questions")
        said.append(statement("needed", needed=needed))
    elif rivals and case.standings[leader, rivals[0]].made is not None:
        said.append(statement("needed_none", margin=_margin(case)))
    return said


def _list(case: Case, names: tuple[str, ...]) -> str:
    shown = [_name(case, name) for name in names]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _reasons(verdict: dict[str, Any], case: Case) -> list[Statement]:
    """Up to three: the quality itself, what it costs, and what the two levers each did."""
    name = case.variant or case.leader
    if name is None:
        return [_exclusion(place, one, case) for place, one in enumerate(case.excluded)][:3]
    metric_at = case.results["level"]
    made = _metric_of(case, name)
    key = "reason_quality" if made["low"]["value"] is not None else "reason_quality_bare"
    said = [
        statement(key, name=_name(case, name), **made,
                  level=figure(metric_at, "share", "/level"))
    ]  # fmt: skip
    rivals = [rival for rival in case.candidates if rival != name]
    priced = [rival for rival in rivals if case.monthly.get(rival) is not None]
    if case.monthly.get(name) is not None and priced and _is_trivial(case):
        dearest = max((name, *priced), key=lambda one: case.monthly[one] or 0)
        said.append(statement("reason_cost_trivial", name=_name(case, dearest),
                              month=_month(case, dearest), queries=_queries(case)))  # fmt: skip
    elif case.monthly.get(name) is not None and priced:
        near = max(priced, key=lambda rival: case.standings[rival, name].difference or -1)
        own, other = case.monthly[name] or 0, case.monthly[near] or 0
        key = "reason_cheaper" if own < other else "reason_dearer"
        if case.kind == "undecided" and own >= other:
            key = "reason_dearer_open"
        said.append(statement(key, name=_name(case, name), month=_month(case, name),
                              rival=_name(case, near), other=_month(case, near),
                              queries=_queries(case)))  # fmt: skip
    elif verdict["on_quality_alone"]:
        said.append(statement("reason_no_cost"))
    effects = case.results.get("interaction")
    if effects and all(effects[part]["low"] is not None for part in _EFFECTS):
        said.append(statement("reason_levers", **_effects(effects)))
    else:
        said += _weakest_stratum(case, name)
    return said[:3]


def _is_trivial(case: Case) -> bool:
    """Whether no candidate costs enough at this volume for anyone to care."""
    known = [case.monthly[name] for name in case.candidates if case.monthly[name] is not None]
    return max((one for one in known if one is not None), default=0.0) < TRIVIAL_MONTH


_EFFECTS = ("main_retrieval", "main_tuning", "interaction")


def _effects(effects: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{part}_{key}": figure(effects[part][name], "difference", f"/interaction/{part}/{name}")
        for part in _EFFECTS
        for key, name in (("gap", "difference"), ("low", "low"), ("high", "high"))
    }


def _weakest_stratum(case: Case, name: str) -> list[Statement]:
    place, row = _row(case, name)
    metric = case.decision.metric
    parts = {
        stratum: made[metric]["value"]
        for stratum, made in row["strata"].items()
        if made.get(metric, {}).get("value") is not None
    }
    if len(parts) < 2:
        return []
    worst = min(parts, key=lambda stratum: parts[stratum])
    at = f"/variants/{place}/strata/{worst}/{metric}/value"
    return [
        statement("reason_weakest", name=_name(case, name), stratum=STRATUM_LABELS[worst].lower(),
                  value=figure(parts[worst], "points", at))
    ]  # fmt: skip


def _exclusion(place: int, one: Any, case: Case) -> Statement:
    name = _name(case, one["variant"])
    constraint = one["constraint"]
    if constraint in ("must_cite", "must_stay_local"):
        return statement(f"excluded_{constraint}", name=name)
    if one["value"] is None:
        return statement(f"excluded_{constraint}_unknown", name=name)
    unit = "seconds" if constraint == "max_p90_s" else "money"
    at = f"/verdict/excluded/{place}"
    currency = case.costs[one["variant"]].currency if one["variant"] in case.costs else "USD"
    return statement(f"excluded_{constraint}", name=name,
                     value=figure(one["value"], unit, f"{at}/value", currency),
                     limit=figure(one["limit"], unit, f"{at}/limit", currency))  # fmt: skip


def _flip(place: int, one: dict[str, Any], case: Case) -> Statement:
    units = {"queries/month": "count", "updates/month": "rate", "points": "margin",
             "times": "rate", "money": "money", "share": "share"}  # fmt: skip
    currency = next((cost.currency for cost in case.costs.values()), "USD")
    quantity = one["quantity"]
    key = f"flip_{quantity}" if not quantity.startswith("share_") else "flip_share"
    side = "above" if one["above"] else "below"
    at = figure(one["at"], units[one["unit"]], f"/verdict/flip_points/{place}/at", currency)
    values: dict[str, Any] = {"at": at, "winner": _name(case, one["winner"])}
    values["name"] = _name(case, case.leader or "")
    if key == "flip_share":
        stratum = quantity.removeprefix("share_")
        values["stratum"] = STRATUM_LABELS[stratum].lower()
        values["now"] = figure(one["now"], "share", f"/verdict/flip_points/{place}/now")
    return statement(f"{key}_{side}", **values)


def _against(verdict: dict[str, Any], case: Case) -> list[Statement]:
    """The strongest argument for somebody else, strongest kind first."""
    name = case.variant or case.leader
    if name is None:
        return [statement("against_nothing")]
    for place, swap in enumerate(case.results["gold_agreement"].get("swaps", [])):
        if swap["resolved"] and swap["worse_on_gold"] == name:
            at = f"/gold_agreement/swaps/{place}"
            return [
                statement("against_gold", rival=_name(case, swap["better_on_gold"]),
                          name=_name(case, name),
                          **{key: figure(swap[source], "difference", f"{at}/{source}")
                             for key, source in (("gap", "difference"), ("low", "low"),
                                                 ("high", "high"))})
            ]  # fmt: skip
    if (easier := _easier(case, name)) is not None:
        return [easier]
    rivals = [rival for rival in case.candidates if rival != name]
    worst: tuple[float, Statement] | None = None
    for rival in rivals:
        for stratum in STRATUM_LABELS:
            gap = _gap(case, rival, name, stratum)
            if gap is None or gap["low"]["value"] is None or gap["low"]["value"] <= 0:
                continue
            if worst is None or gap["gap"]["value"] > worst[0]:
                worst = (
                    gap["gap"]["value"],
                    statement("against_stratum", rival=_name(case, rival), name=_name(case, name),
                              stratum=STRATUM_LABELS[stratum].lower(), **gap),
                )  # fmt: skip
    if worst is not None:
        return [worst[1]]
    ahead = [rival for rival in rivals if (case.standings[rival, name].difference or 0) > 0]
    if ahead:
        gap = _gap(case, ahead[0], name)
        if gap is not None and gap["high"]["value"] is not None:
            return [statement("against_ahead", rival=_name(case, ahead[0]),
                              name=_name(case, name), **gap)]  # fmt: skip
    close = max(
        ((stand.high or -1.0, rival) for rival in rivals
         if (stand := case.standings[rival, name]).high is not None),
        default=None,
    )  # fmt: skip
    if close is not None and close[0] > -case.decision.margin:
        gap = _gap(case, close[1], name)
        if gap is not None:
            return [statement("against_close", rival=_name(case, close[1]),
                              name=_name(case, name), **gap)]  # fmt: skip
    return _dearer_or_slower(case, name, rivals)


def _easier(case: Case, name: str) -> Statement | None:
    """Where the hand-written questions are clearly harder for the leader than the exam."""
    for place, one in enumerate(case.results["gold_agreement"].get("levels", [])):
        if one["variant"] == name and one["apart"] and one["gold"] < one["written"]:
            at = f"/gold_agreement/levels/{place}"
            return statement("against_easier", name=_name(case, name),
                             gold=figure(one["gold"], "points", f"{at}/gold"),
                             written=figure(one["written"], "points", f"{at}/written"))  # fmt: skip
    return None


def _dearer_or_slower(case: Case, name: str, rivals: list[str]) -> list[Statement]:
    own = case.monthly.get(name)
    cheap = [r for r in rivals if (case.monthly.get(r) or 1e300) < (own or 0)]
    if cheap:
        rival = min(cheap, key=lambda one: case.monthly[one] or 0)
        return [statement("against_cost", name=_name(case, name), rival=_name(case, rival),
                          month=_month(case, name), other=_month(case, rival))]  # fmt: skip
    return [statement("against_one_corpus")]


def _is_far_off(one: dict[str, Any], case: Case) -> bool:
    """Whether a turning point lies where nobody goes: absurd margins, sums too small to mind."""
    if one["quantity"] == "margin":
        return bool(one["at"] > FAR_MARGIN)
    if one["quantity"] in ("price", "worth_of_a_correct_answer"):
        return _is_trivial(case)
    return False


_AXES = ("queries_per_month", "updates_per_month")


def _would_change(
    verdict: dict[str, Any], flips: list[Statement], case: Case
) -> list[Statement]:
    order = ("queries_per_month", "updates_per_month", "share", "quality", "worth", "margin")
    ranked = sorted(
        zip(verdict["flip_points"], flips, strict=True),
        key=lambda pair: next(
            (at for at, name in enumerate(order) if pair[0]["quantity"].startswith(name)),
            len(order),
        ),
    )
    chosen: list[Statement] = []
    kinds: set[str] = set()
    for one, said in ranked:
        if _is_far_off(one, case):
            continue
        kind = one["quantity"].split("_")[0]
        if kind not in kinds:
            kinds.add(kind)
            chosen.append(said)
    if case.needed is not None:
        needed = figure(case.needed, "about", "/verdict/needed_questions")
        chosen.insert(0, statement("change_needed", needed=needed))
    chosen = chosen[:4]
    made = verdict["map"]
    moved = any(one["quantity"] in _AXES for one in verdict["flip_points"])
    if made and not moved and len({name for row in made["winner"] for name in row}) == 1:
        last = {key: len(made[key]) - 1 for key in _AXES}
        ends = {
            f"{key.split('_')[0]}_{end}": figure(
                made[key][place], unit, f"/verdict/map/{key}/{place}"
            )
            for key, unit in zip(_AXES, ("count", "rate"), strict=True)
            for end, place in (("low", 0), ("high", last[key]))
        }
        chosen.append(statement("change_no_volume", **ends))
    return chosen or [statement("change_nothing")]
