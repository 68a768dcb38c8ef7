"""What a text's later edition changed, what each variant made of it, and what that took."""

from __future__ import annotations

from workbench import wording
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.editions import Edited, Editions

CHANGES = ("unchanged", "changed", "new", "removed")
#: Sections that are shown one by one.
SHOWN = 40


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
        (_changed(view, found), *_stale(view, found)), tables=(*tables, _sections(view, found)),
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
            row = costs.get(item.name)
            cells.append(view.money(row, "per_update") if row else Cell(wording.NONE))
        cells.append(records((view.say("rec_answers"), f"answers/{item.name}.jsonl")))
        rows.append(Row(tuple(cells), item.name, f"editions-{part}-{item.name}"))
    heads = ["col_variant" if part == "variants" else "col_by_hand"]
    heads += [*(f"col_{key}" for key in CHANGES), "col_stale"]
    heads += ["col_update_s", "col_update_money"] if part == "variants" else []
    columns = [*view.head(*heads), Column(view.say("col_records"), "records")]
    return view.table(f"editions_{part}", columns, rows)


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
