"""If the choice must be made today: whom to take, what it risks, what more evidence is worth."""

from __future__ import annotations

from workbench import wording
from workbench.findings.assumed import basis
from workbench.findings.pictures import Decline, Level
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.verdict import Today

AT = "/verdict/today"


def today(view: View) -> Section:
    """The sentences, the losses of every choice, and what further questions would save."""
    title, item = view.say("h_today"), view.verdict.today
    if item is None:
        return Section("today", title, chief=True)
    told = view.recorded(view.verdict.statements.today, item.sentence)
    picture = _decline(view, item)
    if not item.variants:
        return Section("today", title, statements=told, pictures=picture, chief=True)
    note = view.state("today_note", draws=view.figure(item.draws, "count", f"{AT}/draws"))
    rests = basis(view) if any(row.money is not None for row in item.variants.values()) else ""
    notes = (note, *[Statement(rests)] * bool(rests))
    key = "evidence_note_labelled" if view.labelled else "evidence_note"
    further = Section("evidence", "", (view.state(key),), tables=(_steps(view, item),))
    parts = (further,) if picture else ()
    return Section("today", title, notes, told, picture, (_choices(view, item),), parts, True)


def _choices(view: View, item: Today) -> Table:
    """Every variant as if it were taken."""
    money = any(row.money is not None for row in item.variants.values())
    rows = []
    for name in (name for name in view.names if name in item.variants):
        row, at = item.variants[name], f"{AT}/variants/{name}"
        cells = [
            view.number(row.points, "loss", f"{at}/points"),
            view.number(row.points_tail, "loss", f"{at}/points_tail"),
            *[view.number(row.money, "money", f"{at}/money")] * money,
            view.number(row.chance, "share", f"{at}/chance"),
        ]
        rows.append(Row((view.who(name), *cells), name, f"today-{name}"))
    heads = view.head("col_if_taken", "col_lost", "col_unlucky", *["col_overpaid"] * money,
                      "col_chance")  # fmt: skip
    return Table("today", heads, tuple(rows), item.variant)


def _steps(view: View, item: Today) -> Table:
    heads = [Column(view.say("evidence_x"))]
    cells = [Cell(view.say("evidence_y"))]
    for place, step in enumerate(item.evidence):
        at = f"{AT}/evidence/{place}"
        heads.append(Column(wording.count(step.questions)))
        loss = view.figure(step.points, "loss", f"{at}/points")
        cells.append(Cell(loss, step.low, step.high))
    return Table("evidence", tuple(heads), (Row(tuple(cells)),))


def _decline(view: View, item: Today) -> tuple[Decline, ...]:
    if not any(step.points for step in item.evidence):
        return ()
    steps = tuple(
        Level(
            step.questions,
            wording.count(step.questions) if step.questions else view.say("evidence_now"),
            float(step.points or 0), float(step.low or 0), float(step.high or 0),
            wording.small_points(step.points),
        )
        for step in item.evidence
    )  # fmt: skip
    return (
        Decline(view.say("evidence_alt"), view.say("evidence_x"), view.say("evidence_y"),
                item.variant, steps, view.say("evidence_short")),
    )  # fmt: skip
