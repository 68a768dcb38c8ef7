"""The front of a result: the verdict, what to do now, what to know before relying on it."""

from __future__ import annotations

from workbench import wording
from workbench.findings.values import Cell, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.variants import Abstention
from workbench.records.verdict import Verdict

#: From this share of the unanswerable questions on, answering them is a reason for caution.
MADE_UP = 0.5
#: Blanks to be filled in by hand under what is to be done, in the order of the form.
SIGNED = ("sign_who", "sign_date", "sign_until", "sign_review")


def headline(view: View) -> Section:
    """The verdict with its second opinion by the hand-written questions, and how sure it is."""
    verdict = view.verdict
    sure = standing(view)
    if verdict.confidence is not None:
        share = view.figure(verdict.confidence, "share", "/verdict/confidence")
        sure.append(view.state("confidence", name=view.name(verdict.leader or ""), share=share))
        others = [(name, part) for name, part in sorted(verdict.wins.items(), key=lambda w: -w[1])
                  if part > 0 and name != verdict.leader]  # fmt: skip
        if others:
            listed = ", ".join(f"{view.name(name)} in {wording.share(part)}"
                               for name, part in others)  # fmt: skip
            sure.append(view.state("confidence_wins", listed=listed))
    told = view.recorded(verdict.statements.sentence, verdict.sentence)
    return Section("verdict", view.say("h_verdict"), tuple(sure), told, chief=True)


def standing(view: View) -> list[Statement]:
    """How the variant in front stands to the rival that is the least clearly behind it."""
    order = ("worse", "open", "equal", "better", "better_by_margin")
    known = [item for item in view.verdict.standings if item.state in order]
    if not known:
        return []
    least = min(known, key=lambda item: order.index(item.state))
    # Adopted for what it costs: the difference is open, but that it is worse by the margin is not.
    settled = least.state == "open" and view.verdict.kind == "adopt"
    state = view.say("state_not_worse" if settled else f"state_{least.state}")
    return [view.state("standing", rival=view.name(least.baseline), state=state)]


def action(view: View) -> Section:
    """What to do now, what it makes of questions without an answer, and what would settle it."""
    now = chosen(view.verdict)
    if now is None:
        told = [view.state("action_nothing")]
    elif poor := _no_better_than_one_answer(view, now):
        told = [poor]
    else:
        key = {"adopt": "action_adopt", "tie": "action_tie"}.get(view.verdict.kind)
        told = [view.state(key or "action_for_now", name=view.name(now)), *_conduct(view, now)]
    changes = view.verdict.would_change
    if view.verdict.kind == "undecided" and changes:
        told.append(view.state("action_then", change=changes[0]))
    return Section("action", view.say("h_action"), statements=tuple(told), chief=True)


def chosen(verdict: Verdict) -> str | None:
    """The variant to take: the verdict's, that of who must choose today, or the one in front."""
    return verdict.variant or (verdict.today.variant if verdict.today else None) or verdict.leader


def _no_better_than_one_answer(view: View, name: str) -> Statement | None:
    """That even the best does not surely know more than one answer to everything would show."""
    constant = view.results.constant
    row = next((row for row in view.rows if row.name == name), None)
    if constant is None or row is None or view.metric != "f1":
        return None
    own = row.metrics.get(view.metric)
    if own is None or own.low is None or own.low > constant.value:
        return None
    at = f"{row.at}/metrics/{view.metric}"
    return view.state(
        "action_no_better", "caution", name=view.name(name), answer=constant.answer,
        floor=view.figure(constant.value, "points", "/constant/value"),
        **{part: view.figure(getattr(own, part), "points", f"{at}/{part}")
           for part in ("value", "low", "high")},
    )  # fmt: skip


def invented(result: Abstention) -> int:
    """Unanswerable questions that were answered all the same."""
    if result.invented is not None:
        return result.invented
    return round((1 - (result.recall or 0.0)) * result.unanswerable)


def _conduct(view: View, name: str) -> list[Statement]:
    told = {
        row.name: (row, row.abstention, invented(row.abstention)) for row in view.rows
        if row.abstention and row.abstention.unanswerable and not row.is_ceiling
    }  # fmt: skip
    if name not in told:
        return []
    row, item, given = told[name]
    values = {
        "name": view.name(name),
        "asked": view.figure(item.unanswerable, "count", f"{row.at}/abstention/unanswerable"),
    }
    if not given:
        return [view.state("action_refuses", **values)]
    values["invented"] = (
        wording.count(given) if item.invented is None
        else view.figure(given, "count", f"{row.at}/abstention/invented")
    )  # fmt: skip
    if given < MADE_UP * item.unanswerable:
        return [view.state("action_invents_some", **values)]
    others = [(other, number) for rival, (_, other, number) in told.items() if rival != name]
    if others and all(number >= MADE_UP * other.unanswerable for other, number in others):
        least = min(number for _, number in others)
        return [view.state("action_all_invent", "caution", least=wording.count(least), **values)]
    return [view.state("action_invents", "caution", **values)]


def warnings(view: View) -> Section:
    """An exam that is easier than the hand-written questions, and the run's own warnings."""
    results, judge = view.results, view.results.judge
    own = [
        Statement(results.warning_statements.get(item, item), "caution")
        for item in results.warnings
    ]
    if judge and view.metric in judge.metrics:
        own += [Statement(item, "caution") for item in judge.warnings]
    told = (*easier(view), *own)
    return Section("warnings", view.say("h_warnings"), statements=told, chief=True)


def easier(view: View) -> list[Statement]:
    """That the exam is easier than the hand-written questions, by the variant in front."""
    lower = [
        (place, item) for place, item in enumerate(view.results.gold_agreement.levels)
        if item.apart and (item.gold or 0) < (item.written or 0)
    ]  # fmt: skip
    own = [pair for pair in lower if pair[1].variant == view.front]
    if not lower:
        return []
    place, item = max(own or lower, key=lambda pair: (pair[1].written or 0) - (pair[1].gold or 0))
    figures = {
        part: view.figure(getattr(item, part), "points", f"/gold_agreement/levels/{place}/{part}")
        for part in ("written", "gold")
    }
    return [view.state("exam_easier", "caution", name=view.name(item.variant), **figures)]


def reasons(view: View) -> Section:
    """Why: up to three reasons."""
    verdict = view.verdict
    told = view.recorded(verdict.statements.reasons) or tuple(map(Statement, verdict.reasons))
    title = "h_reasons" if len(told) == 3 else "h_reasons_few"
    return Section("reasons", view.say(title), statements=told, chief=True)


def change(view: View) -> Section:
    """What would change the verdict."""
    verdict = view.verdict
    told = view.recorded(verdict.statements.would_change)
    told = told or tuple(map(Statement, verdict.would_change))
    return Section("change", view.say("h_change"), statements=told, chief=True)


def against(view: View) -> Section:
    """The strongest argument against the verdict."""
    verdict = view.verdict
    told = view.recorded(verdict.statements.against, verdict.against)
    return Section("against", view.say("h_against"), statements=told, chief=True)


def exclusions(view: View) -> tuple[Statement, ...]:
    """Who is out by the user's constraints, and why."""
    verdict = view.verdict
    return view.recorded(verdict.statements.excluded) or tuple(
        view.state("excluded_bare", name=view.name(item.variant),
                   constraint=item.constraint.replace("_", " "))
        for item in verdict.excluded
    )  # fmt: skip


def excluded(view: View) -> Section:
    """The same as a section; nothing where the reasons say it already."""
    told = exclusions(view)
    if set(view.verdict.reasons) >= {item.text(view.language) for item in told}:
        told = ()
    return Section("excluded", view.say("h_excluded"), statements=told, chief=True)


def signed(view: View) -> list[str]:
    """The names of the blanks under what is to be done."""
    return [view.say(field) for field in SIGNED]


def utility(view: View) -> Section:
    """What the points of each variant are made of, where cost and latency count."""
    item = view.verdict.utility
    if item is None:
        return Section("utility", view.say("h_utility"))
    rows = []
    ranked = sorted(item.variants.items(), key=lambda pair: -(pair[1].utility or 0))
    for name, parts in ranked:
        at = f"/verdict/utility/variants/{name}"
        money = -(item.points_per_money * (parts.cost_per_1000 or 0.0)) / 100
        time = -(item.points_per_second * (parts.seconds or 0.0)) / 100
        rows.append(Row((
            view.who(name), view.number(parts.quality, "points", f"{at}/quality"),
            Cell(wording.difference(money)), Cell(wording.difference(time)),
            view.number(parts.utility, "points", f"{at}/utility"),
        ), name))  # fmt: skip
    heads = view.head("col_variant", "col_quality", "col_cost_takes", "col_time_takes",
                      "col_utility")  # fmt: skip
    return Section("utility", view.say("h_utility"), tables=(view.table("utility", heads, rows),))
