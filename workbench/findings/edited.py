"""What a text's later edition changed, what each variant made of it, and what that took."""

from __future__ import annotations

from workbench import wording
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.editions import Edited, Editions, Often
from workbench.records.variants import VariantRow

CHANGES = ("unchanged", "changed", "new", "removed")
#: Sections that are shown one by one.
SHOWN = 40
#: Missed updates beyond which nobody thinks that each costs what one did.
MANY = 50


def editions(view: View) -> Section:
    """Changed sections and questions, the variants by change, and stale answers."""
    title, found = view.say("h_editions"), view.results.editions
    if found is None:
        return Section("editions", title, chief=True)
    tables = [_variants(view, found.variants, "variants")]
    if found.gold:
        tables.append(_variants(view, found.gold, "gold"))
    return Section(
        "editions", title, (view.state("editions_note", metric=wording.metric_label(view.metric)),),
        (_changed(view, found), *_stale(view, found), *_lost(view, found), *_often(view, found)),
        tables=(*tables, _sections(view, found)),
        chief=True,
    )  # fmt: skip


def _changed(view: View, found: Editions) -> Statement:
    counts = {
        f"{part}_{key}": view.figure(value, "count", f"/editions/{part}/{key}")
        for part in ("sections", "questions")
        for key, value in getattr(found, part).items()
    }
    return view.state(
        "editions_changed", share=view.figure(found.share, "share", "/editions/share"),
        retired=view.figure(found.retired, "count", "/editions/retired"), **counts,
    )  # fmt: skip


def _stale(view: View, found: Editions) -> tuple[Statement, ...]:
    """Who says most often what is no longer so."""
    known = [(item.stale, place, item) for place, item in enumerate(found.variants)]
    if not known or not found.variants[0].stale_of:
        return ()
    high, at, most = max(known, key=lambda one: (one[0], -one[1]))
    if not high:
        return ()
    return (view.state(
        "editions_stale", "caution", most=view.name(most.name),
        high=view.figure(high, "count", f"/editions/variants/{at}/stale"),
        of=view.figure(most.stale_of, "count", f"/editions/variants/{at}/stale_of"),
    ),)  # fmt: skip


def _variants(view: View, listed: tuple[Edited, ...], part: str) -> Table:
    costs = {row.name: row for row in view.rows}
    rows = []
    for place, item in enumerate(listed):
        at = f"/editions/{part}/{place}"
        cells = [view.who(item.name)]
        cells += [view.estimate(getattr(item, key), f"{at}/{key}") for key in CHANGES]
        cells.append(view.number(item.stale, "count", f"{at}/stale"))
        if part == "variants":
            spent = item.update_s
            told = view.number(spent, "seconds", f"{at}/update_s")
            cells.append(told if spent else Cell(view.say("none")))
            cells += _money(view, costs.get(item.name))
        cells.append(records((view.say("rec_answers"), f"answers/{item.name}.jsonl")))
        rows.append(Row(tuple(cells), item.name, f"editions-{part}-{item.name}"))
    heads = ["col_variant" if part == "variants" else "col_by_hand"]
    heads += [*(f"col_{key}" for key in CHANGES), "col_stale"]
    heads += (
        ["col_update_s", "col_update_machine", "col_update_people"] if part == "variants" else []
    )
    columns = [*view.head(*heads), Column(view.say("col_records"), "records")]
    return view.table(f"editions_{part}", columns, rows)


def _money(view: View, row: VariantRow | None) -> list[Cell]:
    """What an update costs of machines, and of people: their hours are assumed, and far more."""
    if row is None or row.cost is None or row.cost.per_update is None:
        return [Cell(wording.NONE)] * 2
    people = row.cost.causes.get("people", {}).get("per_update", 0)
    machine = sum(
        parts.get("per_update", 0) for cause, parts in row.cost.causes.items() if cause != "people"
    )
    at = f"{row.at}/cost/causes"
    return [
        Cell(wording.money(machine, row.cost.currency)) if machine else Cell(view.say("none")),
        view.number(people, "money", f"{at}/people/per_update") if people
        else Cell(view.say("none")),
    ]  # fmt: skip


def _lost(view: View, found: Editions) -> list[Statement]:
    """What each variant lost that was left as it was, and whether that is more than luck."""
    told = []
    for place, item in enumerate(found.variants):
        if item.loss.value is None:
            continue
        sure = item.loss.low is not None and item.loss.low > 0
        told.append(view.state(
            "editions_loss" if sure else "editions_no_loss", name=view.name(item.name),
            beside=view.name(item.beside),
            loss=view.figure(
                item.loss.value, "difference", f"/editions/variants/{place}/loss/value"
            ),
            span=wording.interval(item.loss.low, item.loss.high, signed=True),
        ))  # fmt: skip
    return told


def _often(view: View, found: Editions) -> list[Statement]:
    """How often the text may change for each tuned variant to be worth it beside the search."""
    told: list[Statement] = []
    for item in found.variants:
        own = item.often
        if own is None:
            continue
        names = {"name": view.name(item.name), "search": view.name(own.search)}
        alone = view.say("often_machine")
        if own.first and own.first == own.machine_first:
            told.append(_cheaper(view, own.first == item.name, view.say("often_either"), names))
        else:
            told += _meets(view, own.at, own.above, own.first == item.name, "", names)
            told += _meets(
                view, own.machine_at, own.machine_above, own.machine_first == item.name, alone,
                names,
            )  # fmt: skip
        if item.beside:
            told += _lasts(view, own, names)
    return told


def _meets(
    view: View, at: float | None, above: bool, cheaper: bool, without: str, names: dict[str, str]
) -> list[Statement]:
    """At which rate of updates two months cost the same, as a period; or that they never do."""
    if not at:
        return [_cheaper(view, cheaper, without, names)]
    key = "often_above" if above else "often_below"
    return [view.state(key, every=wording.every(at), without=without, **names)]


def _cheaper(view: View, own: bool, without: str, names: dict[str, str]) -> Statement:
    cheap, dear = (names["name"], names["search"]) if own else (names["search"], names["name"])
    return view.state("often_first", cheaper=cheap, dearer=dear, without=without)


def _lasts(view: View, own: Often, names: dict[str, str]) -> list[Statement]:
    rate = view.verdict.updates_per_month
    if own.lasts is None or own.lasts > MANY:
        return []
    if own.lasts <= 1:
        return [view.state("often_behind", **names)]
    if not rate:
        return []
    return [view.state(
        "often_lasts", updates=wording.rate(own.lasts), rate=wording.rate(rate),
        every=wording.every(rate / own.lasts), **names,
    )]  # fmt: skip


def _sections(view: View, found: Editions) -> Table:
    rows = [
        Row((
            Cell(item.title), Cell(view.say(f"edited_{item.what}")),
            view.number(item.gone, "count", f"/editions/changed/{place}/gone"),
            view.number(item.new, "count", f"/editions/changed/{place}/new"),
            Cell(item.was), Cell(item.now),
        ))
        for place, item in enumerate(found.changed[:SHOWN])
    ]  # fmt: skip
    heads = [
        Column(view.say("col_section"), "words"), Column(view.say("col_what"), "words"),
        *view.head("col_struck", "col_came"),
        Column(view.say("col_was"), "words"), Column(view.say("col_now"), "words"),
    ]  # fmt: skip
    return Table("editions_sections", tuple(heads), tuple(rows))
