"""The sentence above each chart: what a person should conclude from it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from workbench import wording
from workbench.records.probes import Forgetting, Sensitivity
from workbench.records.variants import Comparison, CostRow, Effect, VariantRow
from workbench.records.verdict import Verdict
from workbench.types import STRATA

Rows = Sequence[VariantRow]


def candidates(rows: Rows) -> list[VariantRow]:
    """The variants that could be adopted: all but the ceiling."""
    return [row for row in rows if not row.is_ceiling]


def best(rows: Rows, metric: str, stratum: str | None = None) -> VariantRow | None:
    """The candidate with the highest value."""
    scored = [row for row in candidates(rows) if row.value(metric, stratum) is not None]
    return max(scored, key=lambda row: row.value(metric, stratum) or 0.0, default=None)


def name(row: VariantRow) -> str:
    """A variant's display name."""
    return row.short


def gap(row: Effect, metric: str) -> str:
    """``+12.3 points [8.0, 16.1]``."""
    unit = " points" if wording.is_share(metric) else ""
    shown = wording.difference if wording.is_share(metric) else wording.plain
    interval = wording.interval(row.low, row.high, metric, signed=True)
    return f"{shown(row.difference)}{unit} {interval}"


def quality(rows: Rows, between: Callable[[str, str, str], Comparison | None], metric: str) -> str:
    """Who leads on quality, and whether the lead over the runner-up is clear."""
    lead = best(rows, metric)
    if lead is None:
        return "No variant has a score on this metric."
    rest = [row for row in candidates(rows) if row.name != lead.name]
    second = best(rest, metric)
    shown = (
        f"{name(lead)} scores highest, {wording.points(lead.value(metric))} points of "
        f"{wording.metric_label(metric)}"
    )
    if second is None:
        return shown + "."
    matches = between(lead.name, second.name, metric)
    level = None if matches is None else matches.difference
    # What is shown as 0.0 points is no lead to speak of.
    if matches is not None and level is not None and abs(level) < 0.0005:
        return f"{shown}; {name(second)} scores the same ({gap(matches, metric)})."
    if matches is None or matches.low is None:
        return f"{shown}; {name(second)} follows with {wording.points(second.value(metric))}."
    if matches.clear:
        return (
            f"{shown}; its lead over {name(second)} is {gap(matches, metric)}, "
            "more than luck explains."
        )
    return (
        f"{shown}, but its lead over {name(second)}, {gap(matches, metric)}, "
        "is within what luck alone can do."
    )


def standing(verdict: Verdict, shown: Mapping[str, str]) -> str:
    """How the variant in front stands to the rival that is the least clearly behind it."""
    order = ("worse", "open", "equal", "better", "better_by_margin")
    known = [item for item in verdict.standings if item.state in order]
    if not known:
        return "not compared"
    least = min(known, key=lambda item: order.index(item.state))
    rival = shown.get(least.baseline, least.baseline)
    return f"against {rival}: {wording.say(f'state_{least.state}')}"


def strata(rows: Rows, metric: str) -> str:
    """What tuning remembers and what it does not: the fall from trained facts to unseen ones."""
    present = [s for s in STRATA if any(row.value(metric, s) is not None for row in rows)]
    if len(present) < 2:
        return "The exam has one stratum only, so what tuning generalises to can't be seen."
    first, last = present[0], present[-1]
    falls = [
        (before - after, row)
        for row in candidates(rows)
        if (before := row.value(metric, first)) is not None
        and (after := row.value(metric, last)) is not None
    ]
    if not falls:
        return "No variant has scores on both strata."
    fall, row = max(falls, key=lambda pair: pair[0])
    if fall < 0.05:
        return "No variant does markedly worse on sections it never saw than on trained facts."
    lead = best(rows, metric, last)
    ends = f" There {name(lead)} scores highest." if lead is not None else ""
    return (
        f"{name(row)} falls furthest from trained facts "
        f"({wording.points(row.value(metric, first))}) "
        f"to sections nothing was trained from ({wording.points(row.value(metric, last))}).{ends}"
    )


def kinds(rows: Rows, metric: str) -> str:
    """Which kind of question is hardest for the best candidate."""
    lead = best(rows, metric)
    if lead is None:
        return "No variant has a score on this metric."
    scored = {
        kind: estimate.value
        for kind, by in lead.kinds.items()
        if (estimate := by.get(metric)) and estimate.value is not None
    }
    if len(scored) < 2:
        return "The exam has one kind of question only."
    worst, easiest = min(scored, key=scored.__getitem__), max(scored, key=scored.__getitem__)
    return (
        f"{name(lead)} does best on {wording.KIND_LABELS.get(easiest, easiest).lower()} questions "
        f"({wording.points(scored[easiest])}) and worst on "
        f"{wording.KIND_LABELS.get(worst, worst).lower()} ones ({wording.points(scored[worst])})."
    )


def latency(rows: Rows) -> str:
    """The quickest and the slowest candidate at p90, and why they differ."""
    timed = [(p90, row) for row in candidates(rows) if (p90 := row.latency.total_s.p90) is not None]
    if not timed:
        return "No latency was measured in this run."
    quick, slow = min(timed, key=lambda p: p[0]), max(timed, key=lambda p: p[0])
    if quick[1] is slow[1]:
        return f"{name(quick[1])} answers nine in ten questions within {wording.seconds(quick[0])}."
    return (
        f"{name(quick[1])} is quickest: nine in ten answers within {wording.seconds(quick[0])}. "
        f"{name(slow[1])} is slowest, {wording.seconds(slow[0])}: "
        f"{slow[0] / quick[0]:.1f} times as long."
    )


def cost(rows: Rows) -> str:
    """The cheapest per question and the cheapest per correct answer."""
    priced = [
        (row, row.cost) for row in candidates(rows) if row.cost and row.cost.per_1000 is not None
    ]
    if not priced:
        return "No cost was worked out in this run."

    def correct(cost: CostRow) -> float:
        return float("inf") if cost.per_1000_correct is None else cost.per_1000_correct

    cheap, least = min(priced, key=lambda pair: pair[1].per_1000 or 0.0)
    per_right, money = min(priced, key=lambda pair: correct(pair[1]))
    each = wording.money(least.per_1000, least.currency)
    first = f"{name(cheap)} is cheapest per question ({each} per 1,000 questions)"
    shown = {wording.money(cost.per_1000, cost.currency) for _, cost in priced}
    if len(priced) > 1 and len(shown) == 1:
        first = f"A question costs the same with every variant ({each} per 1,000 questions)"
    if money.per_1000_correct is None:
        return first + "."
    right = f"{wording.money(money.per_1000_correct, money.currency)} per 1,000 correct answers"
    if per_right is cheap and len(shown) > 1:
        return f"{first} and per correct answer ({right})."
    return f"{first}; per correct answer {name(per_right)} is cheapest ({right})."


def told(item: Forgetting | Sensitivity) -> str:
    """The recorded sentences; those of an older wording as they stand."""
    try:
        words = " ".join(wording.text(result) for result in item.statements)
    except (KeyError, TypeError):
        words = ""
    return words or (item.sentence or "The record of this can't be read.")
