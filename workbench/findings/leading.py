"""Who leads, and how surely; what falls from trained facts to unseen ones; what is hard to ask."""

from __future__ import annotations

from typing import Any

from workbench import wording
from workbench.findings.values import Figure, Statement
from workbench.findings.view import View
from workbench.records.variants import VariantRow
from workbench.types import STRATA

#: A fall of fewer points than this is none to speak of.
MARKED = 0.05


def quality(view: View) -> Statement:
    """Who scores highest, and whether the lead over the next is clear."""
    lead = best(view)
    if lead is None:
        return view.state("lead_none")
    values: dict[str, Any] = {
        "name": lead.short, "metric": wording.metric_label(view.metric),
        "value": _value(view, lead),
    }  # fmt: skip
    second = best(view, but=lead.name)
    if second is None:
        return view.state("lead_alone", **values)
    values["rival"] = second.short
    gap = gap_of(view, lead.name, second.name)
    if gap is None or gap["low"]["value"] is None:
        return view.state("lead_follows", other=_value(view, second), **values)
    if abs(gap["gap"]["value"]) < wording.LEAST_SHOWN:
        return view.state("lead_level", low=gap["low"], high=gap["high"], **values)
    clear = gap["low"]["value"] > 0 or gap["high"]["value"] < 0
    return view.state("lead_clear" if clear else "lead_luck", **gap, **values)


def fall(view: View) -> Statement | None:
    """What tuning remembers and what not: the fall from trained facts to sections never seen."""
    known = [row for row in view.rows if not row.is_ceiling]
    present = [s for s in STRATA if any(row.value(view.metric, s) is not None for row in known)]
    if len(present) < 2:
        return None
    first, last = present[0], present[-1]
    falls = [
        (before - after, row) for row in known
        if (before := row.value(view.metric, first)) is not None
        and (after := row.value(view.metric, last)) is not None
    ]  # fmt: skip
    if not falls:
        return None
    most, row = max(falls, key=lambda pair: pair[0])
    labels = {"first": wording.STRATUM_LABELS[first].lower(),
              "last": wording.STRATUM_LABELS[last].lower()}  # fmt: skip
    lead = best(view, last)
    if most < MARKED or lead is None:
        return view.state("fall_none", **labels)
    return view.state(
        "fall", name=row.short, before=_value(view, row, first), after=_value(view, row, last),
        best=lead.short, **labels,
    )  # fmt: skip


def hardest(view: View) -> Statement | None:
    """The kinds of question on which the best candidate does best and worst."""
    lead = best(view)
    if lead is None:
        return None
    scored = {
        kind: item.value for kind, by in lead.kinds.items()
        if kind != "behaviour" and (item := by.get(view.metric)) and item.value is not None
    }  # fmt: skip
    low, high = (min(scored, key=scored.__getitem__), max(scored, key=scored.__getitem__)) if (
        scored
    ) else ("", "")  # fmt: skip
    if len(scored) < 2 or wording.points(scored[low]) == wording.points(scored[high]):
        return None

    def figure(kind: str) -> Figure:
        return view.figure(scored[kind], "points", f"{lead.at}/kinds/{kind}/{view.metric}/value")

    return view.state(
        "kinds_ends", name=lead.short, best=wording.KIND_LABELS.get(high, high).lower(),
        worst=wording.KIND_LABELS.get(low, low).lower(), high=figure(high), low=figure(low),
    )  # fmt: skip


def best(view: View, stratum: str | None = None, but: str = "") -> VariantRow | None:
    """The candidate with the highest value, the one of that name left out."""
    scored = [
        row for row in view.rows
        if not row.is_ceiling and row.name != but and row.value(view.metric, stratum) is not None
    ]  # fmt: skip
    return max(scored, key=lambda row: row.value(view.metric, stratum) or 0.0, default=None)


def _value(view: View, row: VariantRow, stratum: str | None = None) -> Figure:
    part = f"strata/{stratum}" if stratum else "metrics"
    unit = "points" if wording.is_share(view.metric) else "plain"
    value = row.value(view.metric, stratum)
    return view.figure(value, unit, f"{row.at}/{part}/{view.metric}/value")


def gap_of(view: View, first: str, second: str) -> dict[str, dict[str, Any]] | None:
    """``first`` minus ``second`` with its interval, each where it is recorded."""
    unit = "difference" if wording.is_share(view.metric) else "plain"
    for place, item in enumerate(view.results.comparisons):
        if item.metric != view.metric or item.stratum or item.difference is None:
            continue
        if {item.variant, item.baseline} != {first, second}:
            continue
        sign = 1 if item.variant == first else -1
        ends = ("low", "high")[::sign]
        recorded = {"gap": "difference", **dict(zip(("low", "high"), ends, strict=True))}
        return {
            name: wording.figure(
                None if (value := getattr(item, key)) is None else sign * value,
                unit, f"/comparisons/{place}/{key}", sign=sign,
            )
            for name, key in recorded.items()
        }  # fmt: skip
    return None
