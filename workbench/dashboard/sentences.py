"""The sentence that stands above each chart: what a person should conclude from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench import wording
from workbench.dashboard.runs import mapping
from workbench.types import STRATA

Row = Mapping[str, Any]


def value(row: Row, metric: str, stratum: str | None = None) -> float | None:
    """A variant's value on the mix, or on one stratum."""
    source = mapping(row.get("strata")).get(stratum) if stratum else row.get("metrics")
    matches = mapping(mapping(source).get(metric)).get("value")
    return float(matches) if isinstance(matches, int | float) else None


def candidates(rows: Sequence[Row]) -> list[Row]:
    """The variants that could be adopted: all but the ceiling."""
    return [row for row in rows if not row.get("is_ceiling")]


def best(rows: Sequence[Row], metric: str, stratum: str | None = None) -> Row | None:
    """The candidate with the highest value."""
    scored = [row for row in candidates(rows) if value(row, metric, stratum) is not None]
    return max(scored, key=lambda row: value(row, metric, stratum) or 0.0) if scored else None


def name(row: Row) -> str:
    """A variant's display name."""
    return wording.label(str(row["name"]), row.get("label"))


def between(
    comparisons: Sequence[Row], first: str, second: str, metric: str, stratum: str | None = None
) -> Row | None:
    """The comparison of ``first`` minus ``second``, turned round where it was recorded so."""
    for row in comparisons:
        if row.get("metric") != metric or row.get("stratum") != stratum:
            continue
        if (row.get("variant"), row.get("baseline")) == (first, second):
            return row
        if (row.get("variant"), row.get("baseline")) == (second, first):
            return turned(row)
    return None


def turned(row: Row) -> dict[str, Any]:
    """The same comparison seen from the other side."""

    def minus(figure: Any) -> Any:
        return None if figure is None else -figure

    return {
        **row,
        "variant": row.get("baseline"),
        "baseline": row.get("variant"),
        "difference": minus(row.get("difference")),
        "low": minus(row.get("high")),
        "high": minus(row.get("low")),
    }


def clear(row: Row) -> bool:
    """Whether the interval excludes zero."""
    low, high = row.get("low"), row.get("high")
    return low is not None and high is not None and (low > 0 or high < 0)


def gap(row: Row, metric: str) -> str:
    """``+12.3 points [8.0, 16.1]``."""
    unit = " points" if wording.is_share(metric) else ""
    shown = wording.difference if wording.is_share(metric) else wording.plain
    return (
        f"{shown(row.get('difference'))}{unit} "
        f"{wording.interval(row.get('low'), row.get('high'), metric, signed=True)}"
    )


def quality(rows: Sequence[Row], comparisons: Sequence[Row], metric: str) -> str:
    """Who leads on quality, and whether the runner-up is told apart."""
    lead = best(rows, metric)
    if lead is None:
        return "No variant has a score on this metric."
    rest = [row for row in candidates(rows) if row["name"] != lead["name"]]
    second = best(rest, metric)
    shown = (
        f"{name(lead)} scores highest, {wording.points(value(lead, metric))} points of "
        f"{wording.metric_label(metric)}"
    )
    if second is None:
        return shown + "."
    matches = between(comparisons, str(lead["name"]), str(second["name"]), metric)
    level = None if matches is None else matches.get("difference")
    if matches is not None and level is not None and abs(level) < 0.0005:
        return f"{shown}; {name(second)} scores the same ({gap(matches, metric)})."
    if matches is None or matches.get("low") is None:
        return f"{shown}; {name(second)} follows with {wording.points(value(second, metric))}."
    if clear(matches):
        return (
            f"{shown}; its lead over {name(second)} is {gap(matches, metric)}, "
            "more than luck explains."
        )
    return (
        f"{shown}, but its lead over {name(second)}, {gap(matches, metric)}, "
        "is within what luck alone can do."
    )


def strata(rows: Sequence[Row], metric: str) -> str:
    """What tuning remembers and what it does not: the fall from drilled facts to unseen ones."""
    present = [s for s in STRATA if any(value(row, metric, s) is not None for row in rows)]
    if len(present) < 2:
        return "The exam has one stratum only, so what tuning generalises to can't be seen."
    first, last = present[0], present[-1]
    falls = [
        (before - after, row)
        for row in candidates(rows)
        if (before := value(row, metric, first)) is not None
        and (after := value(row, metric, last)) is not None
    ]
    if not falls:
        return "No variant has scores on both strata."
    fall, row = max(falls, key=lambda pair: pair[0])
    if fall < 0.05:
        return "No variant does markedly worse on sections it never saw than on drilled facts."
    lead = best(rows, metric, last)
    ends = f" There {name(lead)} scores highest." if lead is not None else ""
    return (
        f"{name(row)} falls furthest from drilled facts "
        f"({wording.points(value(row, metric, first))}) "
        f"to sections nothing was drilled from ({wording.points(value(row, metric, last))}).{ends}"
    )


def kinds(rows: Sequence[Row], metric: str) -> str:
    """Which kind of question is hardest for the best candidate."""
    lead = best(rows, metric)
    if lead is None:
        return "No variant has a score on this metric."
    matches = {
        kind: mapping(mapping(by).get(metric)).get("value")
        for kind, by in mapping(lead.get("kinds")).items()
    }
    scored = {kind: v for kind, v in matches.items() if isinstance(v, int | float)}
    if len(scored) < 2:
        return "The exam has one kind of question only."
    worst, easiest = min(scored, key=scored.__getitem__), max(scored, key=scored.__getitem__)
    return (
        f"{name(lead)} does best on {wording.KIND_LABELS.get(easiest, easiest).lower()} questions "
        f"({wording.points(scored[easiest])}) and worst on "
        f"{wording.KIND_LABELS.get(worst, worst).lower()} ones ({wording.points(scored[worst])})."
    )


def interaction(record: Row, metric: str) -> str:
    """Whether tuning and retrieval add up, overlap or strengthen each other."""
    effect = mapping(record.get("interaction"))
    if effect.get("difference") is None:
        return "Tuning and retrieval were not crossed in this run, so their interaction is unknown."
    if not clear(effect):
        return (
            "Whether tuning and retrieval help each other or overlap can't be told: "
            f"{gap(effect, metric)}."
        )
    if effect["difference"] < 0:
        return (
            "Tuning and retrieval overlap: together they gain less than the sum of each alone "
            f"({gap(effect, metric)})."
        )
    return (
        "Tuning and retrieval strengthen each other: together they gain more than the sum of each "
        f"alone ({gap(effect, metric)})."
    )


def latency(rows: Sequence[Row]) -> str:
    """The quickest and the slowest candidate at p90, and why they differ."""
    timed = [
        (p90, row)
        for row in candidates(rows)
        if (p90 := mapping(mapping(row.get("latency")).get("total_s")).get("p90")) is not None
    ]
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


def cost(rows: Sequence[Row]) -> str:
    """The cheapest per question and the cheapest per correct answer."""
    priced = [
        row for row in candidates(rows) if mapping(row.get("cost")).get("per_1000") is not None
    ]
    if not priced:
        return "No cost was worked out in this run."

    def amount(row: Row, key: str) -> float:
        matches = mapping(row.get("cost")).get(key)
        return float(matches) if isinstance(matches, int | float) else float("inf")

    def shown(row: Row, key: str) -> str:
        return wording.money(amount(row, key), str(mapping(row["cost"]).get("currency", "USD")))

    cheap = min(priced, key=lambda row: amount(row, "per_1000"))
    per_right = min(priced, key=lambda row: amount(row, "per_1000_correct"))
    first = f"{name(cheap)} is cheapest per question ({shown(cheap, 'per_1000')} per 1,000)"
    if amount(per_right, "per_1000_correct") == float("inf"):
        return first + "."
    right = f"{shown(per_right, 'per_1000_correct')} per 1,000 correct"
    if per_right["name"] == cheap["name"]:
        return f"{first} and per correct answer ({right})."
    return f"{first}; per correct answer it is {name(per_right)} ({right})."
