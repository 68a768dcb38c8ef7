"""Time and money: latencies, costs and their causes, break-even, turning points, the map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench import wording
from workbench.findings.assumed import assumption, basis
from workbench.findings.pictures import WinnerGrid
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.results import Meeting
from workbench.records.variants import VariantRow
from workbench.records.verdict import FlipPoint

FLIP_UNITS = {"queries/month": "count", "updates/month": "rate"}
LATENCIES = ("retrieval_s", "first_token_s", "per_token_s", "total_s")
#: A search that takes less is none.
NO_SEARCH = 0.0005


def latency(view: View) -> Section:
    """How long an answer takes, part by part, and whether other work was in the way."""
    title = view.say("h_latency")
    timed = [row for row in view.rows if row.latency.n]
    if not timed:
        return Section("latency", title, statements=(view.state("latency_none"),))
    most = max(timed, key=lambda row: row.latency.n)
    n = view.figure(most.latency.n, "count", f"{most.at}/latency/n")
    rows = []
    for row in timed:
        cells = []
        for part in LATENCIES:
            p50 = getattr(row.latency, part).p50
            none = part == "retrieval_s" and (p50 or 0) < NO_SEARCH
            at = f"{row.at}/latency/{part}/p50"
            cells.append(Cell(wording.NONE) if none else view.number(p50, "seconds", at))
        cells.append(_p90(view, row))
        cells.append(records((view.say("rec_clocked"), f"latency/{row.name}.jsonl")))
        rows.append(view.row(row, cells, "latency"))
    heads = [*view.head("", "col_retrieval", "col_first", "col_token", "col_total", "col_total90"),
             Column(view.say("col_records"), "records")]  # fmt: skip
    return Section(
        "latency", title, (view.state("latency_note", n=n),), (*_ends(view), *busy(view)),
        tables=(view.table("latency", heads, rows),),
    )  # fmt: skip


def _p90(view: View, row: VariantRow) -> Cell:
    return view.number(row.latency.total_s.p90, "seconds", f"{row.at}/latency/total_s/p90")


def _ends(view: View) -> list[Statement]:
    """The quickest and the slowest candidate, by nine in ten of their answers."""
    timed = [
        (p90, row) for row in view.rows
        if not row.is_ceiling and (p90 := row.latency.total_s.p90) is not None
    ]  # fmt: skip
    if not timed:
        return []
    (quick, first), (slow, last) = (
        end(timed, key=lambda pair: pair[0]) for end in (min, max)
    )  # fmt: skip
    values = {"name": first.short, "p90": _p90(view, first).value}
    if first is last:
        return [view.state("latency_one", **values)]
    if wording.seconds(quick) == wording.seconds(slow):
        return [view.state("latency_alike", p90=values["p90"])]
    return [
        view.state("latency_ends", rival=last.short, other=_p90(view, last).value,
                   times=f"{slow / quick:.1f}" if quick else "many", **values)
    ]  # fmt: skip


def busy(view: View) -> list[Statement]:
    """The run's own warning that its times were taken beside other work, where it has one."""
    # Recorded as a sentence: known again by how it begins.
    begins = view.words["warn_busy_machine"].partition("{")[0]
    return [Statement(item, "caution") for item in view.results.warnings if item.startswith(begins)]


def cost_page(view: View) -> Section:
    """What each variant costs a month and how long it takes, with all that this rests on."""
    rows = [
        view.row(row, [view.money(row, "per_month"), view.money(row, "per_1000"), _p90(view, row)])
        for row in view.rows if row.cost
    ]  # fmt: skip
    heads = view.head("col_variant", "col_month", "col_1000", "col_p90_time")
    title = view.say("h_cost_page", queries=wording.count(view.verdict.queries_per_month))
    if not rows:
        return Section("cost_page", title)
    told = (*cheapest(view), *assumption(view), *other_machine(view))
    return Section("cost_page", title, statements=told,
                   tables=(view.table("cost_page", heads, rows),), chief=True)  # fmt: skip


def cheapest(view: View) -> tuple[Statement, ...]:
    """Whose month costs least and whose most, and who gives right answers the cheapest."""
    known = [(row, row.cost) for row in view.rows if row.cost and not row.is_ceiling]
    monthly = [(row, cost.per_month) for row, cost in known if cost.per_month is not None]
    if not monthly:
        return (view.state("cost_none"),)
    (low, least), (high, most) = (
        end(monthly, key=lambda pair: pair[1]) for end in (min, max)
    )  # fmt: skip
    values = {
        "queries": view.figure(view.verdict.queries_per_month, "count",
                               "/verdict/queries_per_month"),
        "updates": wording.times(view.verdict.updates_per_month, "update"),
        "name": low.short, "month": view.money(low, "per_month").value,
    }  # fmt: skip
    if len(monthly) == 1:
        told = [view.state("cost_month_one", **values)]
    elif wording.money(least, view.currency) == wording.money(most, view.currency):
        told = [view.state("cost_month_alike", **values)]
    else:
        told = [view.state("cost_month", rival=high.short,
                           other=view.money(high, "per_month").value, **values)]  # fmt: skip
    right = [(row, each) for row, cost in known if (each := cost.per_1000_correct) is not None]
    if right:
        row, _ = min(right, key=lambda pair: pair[1])
        money = view.money(row, "per_1000_correct").value
        told.append(view.state("cost_correct", name=row.short, money=money))
    return tuple(told)


def other_machine(view: View) -> list[Statement]:
    """That a GPU gave the times, and that the price is the one assumed for a machine without."""
    prices, gpu = view.results.prices, view.results.run.hardware.gpu
    if prices is None or not (gpu and prices.machine_used and prices.machine_assumed):
        return []
    return [view.state("machine_other", "caution", gpu=gpu, source=prices.machine_source)]


def cost(view: View) -> Section:
    """What each variant costs, what is paid for, and at which volumes that turns round."""
    rows = [row for row in view.rows if row.cost]
    missing = tuple(
        view.state("cost_missing", "caution", name=row.short, missing=row.cost.missing)
        for row in rows if row.cost and row.cost.missing
    )  # fmt: skip
    tables = (_amounts(view, rows),) if rows else ()
    parts = (_causes(view, rows), break_even(view), flips(view), winners(view))
    notes = assumption(view) if rows else ()
    said = (*missing, *_spared(view, rows))
    return Section("cost", view.say("h_cost"), notes, said, tables=tables, parts=parts)


def _spared(view: View, rows: Sequence[VariantRow]) -> Iterator[Statement]:
    """How much of each prompt comes from the provider's cache, and what that is worth."""
    for row in rows:
        kept = row.cost and row.cost.cached
        if row.cost and kept:
            at = f"{row.at}/cost/cached"
            yield view.state(
                "cost_cached", name=row.short, read=wording.count(row.tokens.input),
                tokens=view.figure(kept.tokens, "count", f"{at}/tokens"),
                saved=wording.figure(kept.saved_per_1000, "money", f"{at}/saved_per_1000",
                                     row.cost.currency),
            )  # fmt: skip


def _amounts(view: View, rows: Sequence[VariantRow]) -> Table:
    parts = ("fixed", "per_update", "per_1000", "per_month", "per_1000_correct")
    heads = [*view.head("col_variant", "col_fixed", "col_update", "col_1000", "col_month",
                        "col_correct"), Column(view.say("col_tokens"))]  # fmt: skip
    listed = [
        view.row(row, [
            *(view.money(row, part) for part in parts),
            Cell(f"{wording.count(row.tokens.input)} / {wording.count(row.tokens.output)}"),
        ], "cost")
        for row in rows
    ]  # fmt: skip
    return view.table("cost", heads, listed)


def _causes(view: View, rows: Sequence[VariantRow]) -> Section:
    """A month by what is paid for."""
    split = {row.name: row.cost.per_month_by_cause for row in rows if row.cost}
    used = [(key, title) for key, title in wording.COST_CAUSES.items()
            if any(item.get(key) for item in split.values())]  # fmt: skip
    if not used:
        return Section("causes", "")
    notes = [view.state(
        "cost_by_cause", queries=wording.count(view.verdict.queries_per_month),
        updates=wording.times(view.verdict.updates_per_month, "update"),
    ), *machines(view)]  # fmt: skip
    building = view.results.building
    if building is not None and building.train_share is not None:
        share = view.figure(building.train_share, "share", "/building/train_share")
        notes.append(view.state("cost_writing", share=share))
    listed = [
        view.row(row, [
            view.number(split[row.name][key], "money", f"{row.at}/cost/per_month_by_cause/{key}")
            if split[row.name].get(key) else Cell(view.say("none"))
            for key, _ in used
        ], "causes")
        for row in rows
    ]  # fmt: skip
    heads = [Column(view.say("col_variant")), *(Column(title) for _, title in used)]
    return Section("causes", "", tuple(notes), tables=(view.table("causes", heads, listed),))


def machines(view: View) -> tuple[Statement, ...]:
    """How many machines stay on for each variant; nothing where none does."""
    on = [(row, row.cost) for row in view.rows if row.cost is not None and row.cost.number_on]
    if not on:
        return ()
    listed = ", ".join(f"{row.short} {cost.number_on}" for row, cost in on)
    _, first = on[0]
    month = first.machines.per_month if first.machines else None
    return (view.state("cost_machines", listed=listed, month=wording.money(month, first.currency)),)


#: Updates a month, one in ten years, below which a text never changes.
SELDOM = 1 / 120


def break_even(view: View) -> Section:
    """Where two variants' months cost the same."""
    met = view.results.break_even or ()
    told = tuple(
        meeting(view, item, f"/break_even/{place}/at")
        for place, item in enumerate(met)
        if item.quantity != "updates_per_month" or (item.at or 0) >= SELDOM
    )
    rests = basis(view)
    notes = (view.state("break_even_note"), *[Statement(rests)] * bool(rests))
    return Section("break_even", view.say("h_break_even"), notes, told)


def meeting(view: View, item: Meeting, at: str) -> Statement:
    """Who is cheaper from where on."""
    span = crossing(item, item.unit) or view.say(
        "break_even_exact" if item.exact else "break_even_unknown"
    )
    if item.quantity == "updates_per_month" and item.at:
        span += view.say("break_even_every", every=wording.every(item.at))
    return view.state(
        f"break_even_{item.quantity}_{'above' if item.above else 'below'}",
        at=view.figure(item.at, item.unit, at), span=span,
        name=view.name(item.challenger), rival=view.name(item.incumbent),
    )  # fmt: skip


def crossing(item: Meeting | FlipPoint, unit: str) -> str:
    """The interval of a crossing: ``[900, 1,300]``; open above where the two may never meet."""
    if item.low is None or item.low == item.high:
        return ""
    high = wording.show(item.high, unit) if item.high is not None else "∞"
    return f" [{wording.show(item.low, unit)}, {high}]"


def flips(view: View) -> Section:
    """The turning points, those that nobody will get to apart."""
    points = view.verdict.flip_points
    told = view.recorded(view.verdict.statements.flip_points)
    if len(told) != len(points):
        told = tuple(Statement(item.sentence) for item in points)
    near: list[Statement] = []
    far: list[Statement] = []
    for place, (item, words) in enumerate(zip(points, told, strict=True)):
        span = crossing(item, FLIP_UNITS.get(item.unit, "count"))
        turned = Statement(words.words, after=span, anchor=f"flip-{place}")
        (far if item.far else near).append(turned)
    further = Section("flips_far", view.say("flips_far"), statements=tuple(far))
    return Section("flips", view.say("h_flips"), statements=tuple(near), parts=(further,))


def winners(view: View) -> Section:
    """Who wins at which volume and rate of updates."""
    item, title = view.verdict.map, view.say("h_map")
    if item is None:
        return Section("map", title)
    queries, updates = item.queries_per_month, item.updates_per_month
    names = sorted({name for row in item.winner for name in row if name})
    if len({name for row in item.winner for name in row}) < 2:
        values = {
            key: view.figure(rates[place], unit, f"/verdict/map/{axis}/{place}")
            for keys, axis, rates, unit in (
                (("low", "high"), "queries_per_month", queries, "count"),
                (("few", "many"), "updates_per_month", updates, "rate"),
            )
            for key, place in zip(keys, (0, len(rates) - 1), strict=True)
        }
        if not names:
            return Section("map", title, statements=(view.state("map_none", **values),))
        told = view.state("map_flat", name=view.name(names[0]), **values)
        return Section("map", title, statements=(told,))
    here = None
    declared = (view.verdict.queries_per_month, view.verdict.updates_per_month)
    if declared[0] in queries and declared[1] in updates:
        here = (queries.index(declared[0]), updates.index(declared[1]))
    grid = WinnerGrid(
        title, view.say("map_x"), view.say("map_y"), queries, updates,
        tuple(tuple(name or "" for name in row) for row in item.winner),
        (*((name, view.name(name)) for name in names), ("", view.say("map_nobody"))), here,
        view.say("map_note"),
    )  # fmt: skip
    told = view.state("map_turns", names=", ".join(map(view.name, names)))
    return Section("map", title, statements=(told,), pictures=(grid,))
