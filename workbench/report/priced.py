"""What the report shows of money: costs and their causes, break-even, turning points, map. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.records.results import Meeting, Results
from workbench.records.variants import VariantRow
from workbench.records.verdict import FlipPoint
from workbench.report import charts
from workbench.report.view import View

FLIP_UNITS = {"queries/month": "count", "updates/month": "rate"}


def priced(view: View) -> dict[str, Any]:
    """The template's values on money; nothing is shown where no variant has a cost."""
    costed = any(row.cost for row in view.rows)
    return {
        "costed": costed,
        "prices": view.results.prices,
        "cost_note": _note(view) if costed else "",
        "cost_missing": [
            view.say("cost_missing", name=row.short, missing=row.cost.missing)
            for row in view.rows
            if row.cost and row.cost.missing
        ],
        "money": lambda row, part: _money(view, row, part),
        "causes": causes(view.results) if costed else [],
        "causes_note": causes_note(view.results, view.words),
        "writing_note": _writing(view),
        "break_even": _break_even(view),
        **_flips(view),
        "flip_span": lambda place: _flip_span(view, place),
        **_map(view),
    }


def causes(results: Results) -> list[tuple[str, str]]:
    """The causes that cost anybody anything, as key and title."""
    split = [row.cost.per_month_by_cause for row in results.variants if row.cost]
    return [
        (name, title)
        for name, title in wording.COST_CAUSES.items()
        if any(item.get(name) for item in split)
    ]


def causes_note(results: Results, words: Mapping[str, str]) -> str:
    """What the table of causes adds up to."""
    result = words["cost_by_cause"].format(
        queries=wording.count(results.verdict.queries_per_month),
        updates=wording.times(results.verdict.updates_per_month, "update"),
    )
    return f"{result} {machines_note(results.variants)}".strip()


def machines_note(rows: Sequence[VariantRow]) -> str:
    """How many machines stay on for each variant; nothing where none does."""
    on = [(row, row.cost) for row in rows if row.cost is not None and row.cost.number_on]
    if not on:
        return ""
    listed = ", ".join(f"{row.short} {cost.number_on}" for row, cost in on)
    _, first = on[0]
    month = first.machines.per_month if first.machines else None
    return wording.say("cost_machines", listed=listed, month=wording.money(month, first.currency))


def break_even_rows(results: Results) -> list[tuple[Meeting, str, str]]:
    """Each crossing with the words of its sentence's key and its interval as text."""
    return [
        (item, f"break_even_{item.quantity}_{'above' if item.above else 'below'}",
         span(item))
        for item in results.break_even or ()
    ]  # fmt: skip


def span(item: Meeting) -> str:
    """The interval of a meeting, or why it has none."""
    return crossing(item, item.unit) or wording.say(
        "break_even_exact" if item.exact else "break_even_unknown"
    )


def crossing(item: Meeting | FlipPoint, unit: str) -> str:
    """The interval of a crossing: ``[900, 1,300]``; open above where the two may never meet."""
    if item.low is None or item.low == item.high:
        return ""
    high = wording.show(item.high, unit) if item.high is not None else "∞"
    return f" [{wording.show(item.low, unit)}, {high}]"


def _money(view: View, row: VariantRow, part: str) -> Any:
    value = getattr(row.cost, part)
    if part in ("fixed", "per_update") and value == 0:
        return view.say("none")
    return view.num(value, "money", f"{row.at}/cost/{part}")


def _note(view: View) -> Any:
    prices = view.results.prices
    if prices is None:
        return view.say("cost_note_foreign")
    updates = view.figure(view.verdict.updates_per_month, "rate", "/verdict/updates_per_month")
    item = view.verdict.updates_per_month == 1
    return view.linked(
        "cost_note_one" if item else "cost_note", dated=prices.dated,
        machine=view.figure(prices.machine_per_hour, "money", "/prices/machine_per_hour"),
        source=prices.machine_source or view.say("none"),
        serving=view.say(f"serving_{prices.serving}"), updates=updates,
    )  # fmt: skip


def _writing(view: View) -> Any:
    building = view.results.building
    if building is None or (share := building.train_share) is None:
        return ""
    return view.linked("cost_writing", share=view.figure(share, "share", "/building/train_share"))


def _break_even(view: View) -> list[Markup]:
    result = []
    for place, (item, key, span) in enumerate(break_even_rows(view.results)):
        at = view.figure(item.at, item.unit, f"/break_even/{place}/at")
        names = {"name": view.name(item.challenger), "rival": view.name(item.incumbent)}
        result.append(view.linked(key, at=at, span=span, **names))
    return result


def _flips(view: View) -> dict[str, Any]:
    """The turning points with their places, those that nobody will get to apart."""
    sentences = view.verdict.statements.flip_points
    far = [item.far for item in view.verdict.flip_points]
    listed = list(zip(far, enumerate(sentences), strict=False))
    return {
        "flips": sentences,
        "near_flips": [pair for is_far, pair in listed if not is_far],
        "far_flips": [pair for is_far, pair in listed if is_far],
    }


def _flip_span(view: View, place: int) -> str:
    item = view.verdict.flip_points[place]
    return crossing(item, FLIP_UNITS.get(item.unit, "count"))


def _map(view: View) -> dict[str, Any]:
    result = view.verdict.map
    if result is None:
        return {"map_chart": "", "map_flat": ""}
    if len({name for row in result.winner for name in row}) > 1:
        shown = {name: view.name(name) for name in view.colours}
        chart = charts.winner_map(result, view.verdict, view.words, shown, view.colours)
        return {"map_chart": chart, "map_flat": ""}
    at = "/verdict/map"
    values = {}
    for (first, last), axis, rates, unit in (
        (("low", "high"), "queries_per_month", result.queries_per_month, "count"),
        (("few", "many"), "updates_per_month", result.updates_per_month, "rate"),
    ):
        for key, place in ((first, 0), (last, len(rates) - 1)):
            values[key] = view.figure(rates[place], unit, f"{at}/{axis}/{place}")
    return {"map_chart": "", "map_flat": view.linked("map_flat", **values)}
