"""The sentences of a verdict as statements: each number with the place that it is read from."""

from __future__ import annotations

from typing import Any

from workbench.decision.figures import (
    Statement,
    decisive_gap,
    gold_gap,
    is_trivial,
    listed_gap,
    margin_of,
    metric_of,
    month_of,
    name_of,
    queries_of,
    row_of,
)
from workbench.decision.form import form_statements
from workbench.decision.inputs import VerdictInputs
from workbench.decision.objections import (
    against,
    error_unknown,
    needed_range,
    needed_statement,
    sections_statement,
    would_change,
)
from workbench.decision.served import harm, open_limits
from workbench.decision.today import today_statements
from workbench.evaluation.levers import EFFECTS, levers_statement, scale_statements
from workbench.wording import (
    KIND_LABELS,
    STRATUM_LABELS,
    every,
    figure,
    label,
    money,
    statement,
)


def statements(verdict: dict[str, Any], inputs: VerdictInputs) -> dict[str, Any]:
    """All statements of the verdict by their place in it."""
    flips = [_flip(place, item, inputs) for place, item in enumerate(verdict["flip_points"])]
    form = form_statements(inputs)
    # A lead of mere form belongs to the verdict itself.
    doubts = [item for item in form if form[0]["key"] != "form_none"]
    return {
        "sentence": [*_sentence(verdict, inputs), *doubts],
        "reasons": _reasons(verdict, inputs),
        "form": form,
        "flip_points": flips,
        "excluded": [_exclusion(place, item, inputs) for place, item in enumerate(inputs.excluded)],
        "against": against(verdict, inputs),
        "would_change": would_change(verdict, flips, inputs),
        "today": today_statements(verdict, inputs),
    }


def _sentence(verdict: dict[str, Any], inputs: VerdictInputs) -> list[Statement]:
    """The verdict, and what it does not speak of."""
    left_out = verdict["left_out"]
    names = _joined([label(name, short=True) for name in left_out])
    apart = inputs.unscored if len(inputs.candidates) > 1 else ()
    return [
        *_decision(verdict, inputs),
        *_on_gold(inputs),
        *_missing(inputs),
        *open_limits(inputs),
        *harm(inputs),
        *([statement("unscored", names=_list(inputs, apart))] if apart else []),
        *([statement("left_out", names=names)] if left_out else []),
    ]


def _decision(verdict: dict[str, Any], inputs: VerdictInputs) -> list[Statement]:
    chosen = inputs.variant
    if not inputs.candidates:
        if inputs.excluded:
            return [statement("verdict_all_excluded")]
        return [statement("verdict_nothing", metric=inputs.decision.metric)]
    if len(inputs.candidates) == 1:
        name = inputs.candidates[0]
        if chosen is None:
            return [statement("verdict_unrivalled", name=name_of(inputs, name),
                              names=_list(inputs, inputs.unscored))]  # fmt: skip
        key = "verdict_only_one" if inputs.excluded else "verdict_alone"
        return [statement(key, name=name_of(inputs, name))]
    if inputs.kind == "undecided":
        return _undecided(inputs)
    if chosen is None:
        return [
            statement(_open_tie(inputs), names=_list(inputs, inputs.tied), margin=margin_of(inputs))
        ]
    rivals = [name for name in inputs.candidates if name != chosen]
    if inputs.kind == "tie":
        sentences = [
            statement("verdict_tie", name=name_of(inputs, chosen), names=_list(inputs, inputs.tied),
                      margin=margin_of(inputs))
        ]  # fmt: skip
    else:
        sentences = [statement("verdict_adopt", name=name_of(inputs, chosen))]
    sentences += [
        words for rival in rivals[:2] if (words := _against(verdict, inputs, chosen, rival))
    ]
    if verdict["on_quality_alone"]:
        sentences.append(statement("on_quality_alone"))
    return [*sentences, *_weights(inputs)]


def _on_gold(inputs: VerdictInputs) -> list[Statement]:
    """The second headline: the same pair on the hand-written questions."""
    name = inputs.leads
    rival = next((item for item in inputs.candidates if item != name), None)
    gold = (inputs.results.get("questions") or {}).get("gold") or 0
    if not name or rival is None or not gold:
        return []
    gap = gold_gap(inputs, name, rival)
    if gap is None or gap["low"]["value"] is None:
        return []
    shown = "open"
    if gap["low"]["value"] > 0:
        shown = "ahead"
    elif gap["high"]["value"] < 0:
        shown = "behind"
    return [statement(f"on_gold_{shown}", gold=figure(gold, "count", "/questions/gold"),
                      name=name_of(inputs, name), rival=name_of(inputs, rival), **gap)]  # fmt: skip


def _open_tie(inputs: VerdictInputs) -> str:
    """Why cost does not decide a tie."""
    if not inputs.months.known(*inputs.tied):
        return "verdict_tie_no_cost"
    alike = inputs.months.alike(*inputs.tied)
    return "verdict_tie_same_cost" if alike else "verdict_tie_unsettled"


def _against(
    verdict: dict[str, Any], inputs: VerdictInputs, chosen: str, rival: str
) -> Statement | None:
    """How the chosen one stands to a rival; None where no difference is known."""
    gap = decisive_gap(inputs, chosen, rival)
    if gap is None:
        return None
    names = {"name": name_of(inputs, chosen), "rival": name_of(inputs, rival),
             "margin": margin_of(inputs)}  # fmt: skip
    state = inputs.outcomes[chosen, rival].state(inputs.decision.margin)
    behind = gap["gap"]["value"] < 0
    if state == "better_by_margin":
        return statement("beats", **names, **gap)
    if state == "equal":
        first, second = (rival, chosen) if behind else (chosen, rival)
        tested = listed_gap("/verdict/equivalence", verdict["equivalence"], first, second)
        if tested is None:
            return statement("equal_bare", **names, gap=gap["gap"])
        return statement("equal_behind" if behind else "equal_ahead", **names, **tested)
    if behind:
        return statement("not_worse", **names, **(decisive_gap(inputs, rival, chosen) or gap))
    return statement("better_cheaper" if state == "better" else "ahead", **names, **gap)


def _missing(inputs: VerdictInputs) -> list[Statement]:
    """Whose scores are missing, and that the intervals allow for it."""
    held = inputs.missing
    if held is None:
        return []
    at = "/verdict/missing"
    due = figure(held["due"], "count", f"{at}/due")
    return [
        statement("missing", name=name_of(inputs, name), due=due,
                  missing=figure(row["missing"], "count", f"{at}/variants/{name}/missing"))
        for name, row in held["variants"].items() if row["missing"] and name in inputs.candidates
    ]  # fmt: skip


def _weights(inputs: VerdictInputs) -> list[Statement]:
    """What the points of the sentences are, where they are not quality alone."""
    if inputs.utility is None:
        return []
    currency = next((cost.currency for cost in inputs.costs.values()), "USD")
    at = "/verdict/utility/points_per_"
    return [
        statement("weighed",
                  unit=money(1.0, currency),
                  money=figure(inputs.utility["points_per_money"], "rate", f"{at}money"),
                  seconds=figure(inputs.utility["points_per_second"], "rate", f"{at}second"))
    ]  # fmt: skip


def _undecided(inputs: VerdictInputs) -> list[Statement]:
    leader = inputs.leader or inputs.candidates[0]
    sentences = [statement("verdict_undecided", name=name_of(inputs, leader))]
    unknown = error_unknown(inputs, leader)
    rivals = [name for name in inputs.blockers if name != leader] or [
        name for name in inputs.candidates if name != leader
    ]
    if rivals:
        gap = decisive_gap(inputs, leader, rivals[0])
        spanned = gap is not None and gap["low"]["value"] is not None
        if gap is not None and spanned and gap["gap"]["value"] == 0:
            sentences = [statement("verdict_level", name=name_of(inputs, leader),
                              rival=name_of(inputs, rivals[0]), **gap)]  # fmt: skip
        elif gap is not None and spanned:
            key = "open"
            if gap["low"]["value"] > 0:
                key = "open_better"
            elif inputs.months.cheaper(leader, rivals[0]):
                key = "open_cheaper" if gap["gap"]["value"] >= 0 else "open_cheaper_behind"
            sentences.append(
                statement(
                    key,
                    name=name_of(inputs, leader),
                    rival=name_of(inputs, rivals[0]),
                    margin=margin_of(inputs),
                    **gap,
                )
            )
        elif inputs.missing is not None and not inputs.missing["complete"]:
            sentences.append(statement("no_common"))
        else:
            sentences.append(statement("no_interval"))
    if inputs.missing is not None:
        sentences.append(statement("needed_missing"))
    elif inputs.needed is not None:
        sentences += [needed_statement("needed", inputs), *needed_range(inputs)]
    elif unknown:
        sentences.append(sections_statement("needed_unknown", inputs))
    elif rivals and inputs.outcomes[leader, rivals[0]].sampling is not None:
        sentences.append(statement("needed_none", margin=margin_of(inputs)))
    return [*sentences, *_weights(inputs)]


def _list(inputs: VerdictInputs, names: tuple[str, ...]) -> str:
    return _joined([name_of(inputs, name) for name in names])


def _joined(shown: list[str]) -> str:
    if not shown:
        return ""
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _reasons(verdict: dict[str, Any], inputs: VerdictInputs) -> list[Statement]:
    """Up to three: the quality itself, what it costs, and what the two levers each did."""
    name = inputs.variant or inputs.leader
    if name is None:
        return [_exclusion(place, item, inputs) for place, item in enumerate(inputs.excluded)][:3]
    metric_at = inputs.results["level"]
    result = metric_of(inputs, name)
    weighted = bool(inputs.results.get("mix")) and bool(row_of(inputs, name)[1].get("strata"))
    key = "reason_quality" if weighted else "reason_quality_plain"
    if result["low"]["value"] is None:
        key = "reason_quality_bare"
    sentences = [
        statement(key, name=name_of(inputs, name), **result,
                  level=figure(metric_at, "share", "/level"))
    ]  # fmt: skip
    rivals = [rival for rival in inputs.candidates if rival != name]
    priced = [rival for rival in rivals if inputs.monthly.get(rival) is not None]
    if inputs.monthly.get(name) is not None and priced and is_trivial(inputs):
        dearest = max((name, *priced), key=lambda item: inputs.monthly[item] or 0)
        sentences.append(
            statement(
                "reason_cost_trivial",
                name=name_of(inputs, dearest),
                month=month_of(inputs, dearest),
                queries=queries_of(inputs),
            )
        )
    elif inputs.monthly.get(name) is not None and priced:
        near = max(priced, key=lambda rival: inputs.outcomes[rival, name].difference or -1)
        key = "reason_dearer"
        if inputs.months.cheaper(name, near):
            key = "reason_cheaper"
        elif not inputs.months.cheaper(near, name):
            key = "reason_cost_alike"
        elif inputs.kind == "undecided" or inputs.utility is not None:
            key = "reason_dearer_open"
        sentences.append(statement(key, name=name_of(inputs, name), month=month_of(inputs, name),
                              rival=name_of(inputs, near), other=month_of(inputs, near),
                              queries=queries_of(inputs)))  # fmt: skip
    elif verdict["on_quality_alone"]:
        sentences.append(statement("reason_no_cost"))
    effects = inputs.results.get("interaction")
    if effects and all(effects[part]["low"] is not None for part in EFFECTS):
        shown = {name: name_of(inputs, name) for name in effects.get("cells", ())}
        simple = scale_statements(effects, "/interaction")
        several = bool(effects.get("others")) or not simple
        named = shown if effects.get("others") else None
        sentences.append(levers_statement(effects, "/interaction", named) if several else simple[0])
    else:
        sentences += _weakest_stratum(inputs, name)
    return sentences[:3]


def _weakest_stratum(inputs: VerdictInputs, name: str) -> list[Statement]:
    place, row = row_of(inputs, name)
    metric = inputs.decision.metric
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
        statement("reason_weakest", name=name_of(inputs, name),
                  stratum=STRATUM_LABELS[worst].lower(), value=figure(parts[worst], "points", at))
    ]  # fmt: skip


def _exclusion(place: int, item: Any, inputs: VerdictInputs) -> Statement:
    name = name_of(inputs, item["variant"])
    constraint = item["constraint"]
    if constraint in ("must_cite", "must_stay_local"):
        return statement(f"excluded_{constraint}", name=name)
    if item["value"] is None:
        return statement(f"excluded_{constraint}_unknown", name=name)
    units = {"max_p90_s": "seconds", "least_cited": "share", "max_group_gap": "margin"}
    unit = units.get(constraint, "money")
    at = f"/verdict/excluded/{place}"
    currency = inputs.costs[item["variant"]].currency if item["variant"] in inputs.costs else "USD"
    return statement(f"excluded_{constraint}", name=name,
                     value=figure(item["value"], unit, f"{at}/value", currency),
                     limit=figure(item["limit"], unit, f"{at}/limit", currency))  # fmt: skip


def _flip(place: int, item: dict[str, Any], inputs: VerdictInputs) -> Statement:
    units = {"queries/month": "count", "updates/month": "rate", "points": "margin",
             "times": "rate", "money": "money", "share": "share"}  # fmt: skip
    currency = next((cost.currency for cost in inputs.costs.values()), "USD")
    quantity = item["quantity"]
    key = f"flip_{quantity}" if not quantity.startswith("share_") else "flip_share"
    side = "above" if item["above"] else "below"
    at = figure(item["at"], units[item["unit"]], f"/verdict/flip_points/{place}/at", currency)
    values: dict[str, Any] = {"at": at, "winner": name_of(inputs, item["winner"])}
    values["name"] = name_of(inputs, inputs.leader or "")
    if quantity == "updates_per_month" and item["at"] > 0:
        values["every"] = every(item["at"])
        side += "_every"
    if key == "flip_share":
        stratum = quantity.removeprefix("share_")
        kind = KIND_LABELS.get(stratum.removeprefix("kind_"), stratum)
        values["stratum"] = STRATUM_LABELS.get(stratum, kind).lower()
        values["now"] = figure(item["now"], "share", f"/verdict/flip_points/{place}/now")
    return statement(f"{key}_{side}", **values)
