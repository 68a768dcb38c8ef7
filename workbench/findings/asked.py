"""Whether people ask what the exam asked: what moved, what should weigh more, what to add."""

from __future__ import annotations

from workbench import wording
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.drift import Drift, Moved, Weighed

#: Parts of the exam that are shown: all strata and kinds, and the sections that moved.
ALWAYS = ("stratum", "kind")


def asked(view: View, found: Drift) -> Section:
    """What drift.json says, in sentences and tables; figures stand where it has them."""
    title = view.say("h_asked")
    counts = {
        "asked": view.figure(found.asked, "count", "/asked"),
        "exam": view.figure(found.exam, "count", "/exam"),
    }
    if found.state == "few":
        return Section("asked", title, statements=(view.state("drift_few", "caution", **counts),))
    moved = [view.say(f"drift_of_{item.what}") for item in found.looked if item.moved]
    told = [
        view.state("drift_moved", moved=", ".join(moved), **counts) if moved
        else view.state("drift_alike", **counts)
    ]  # fmt: skip
    told += [*_unlike(view, found), *_weighing(view, found)]
    tables = [_looked(view, found)]
    tables += [table for table in (_weighed(view, found), _groups(view, found)) if table.rows]
    return Section(
        "asked", title, tuple(_notes(view, found)), tuple(told), tables=tuple(tables), chief=True
    )


def _unlike(view: View, found: Drift) -> list[Statement]:
    if found.unlike is None:
        return []
    ends = {
        key: view.figure(value, "share", f"/unlike{at}")
        for key, value, at in (
            ("share", found.unlike, ""), ("low", found.unlike_low, "_low"),
            ("high", found.unlike_high, "_high"),
        )
    }  # fmt: skip
    return [view.state("drift_unlike", **ends)]


def _weighing(view: View, found: Drift) -> list[Statement]:
    """A sentence for each part of the exam of which more is asked, and one for those with less."""
    told = [
        view.state(
            "drift_more", names=f"{_name(view, item)} ({view.say(f'drift_part_{item.part}')})",
            listed=view.figure(item.asked, "share", f"/weighed/{place}/asked"),
            expected=view.figure(item.expected, "share", f"/weighed/{place}/expected"),
        )
        for place, item in enumerate(found.weighed) if item.weighs == "more"
    ]  # fmt: skip
    less = [_name(view, item) for item in found.weighed if item.weighs == "less"]
    return [*told, *[view.state("drift_less", listed=", ".join(less))] * bool(less)]


def _notes(view: View, found: Drift) -> list[Statement]:
    told = [view.state("drift_note")]
    if found.drawn < found.asked:
        told.append(view.state("drift_drawn", asked=view.figure(found.asked, "count", "/asked"),
                               drawn=view.figure(found.drawn, "count", "/drawn")))  # fmt: skip
    if found.days:
        told.append(view.state("drift_days", first=found.days[0], last=found.days[-1]))
    told += [view.state(f"drift_{key}") for key in found.without]
    if found.groups and not found.with_text:
        told.append(view.state("drift_no_text"))
    return told


def _looked(view: View, found: Drift) -> Table:
    def figure(item: Moved, key: str, at: str) -> Cell:
        return view.number(getattr(item, key), _unit(item), f"{at}/{key}")

    rows = []
    for place, item in enumerate(found.looked):
        at = f"/looked/{place}"
        gap = Cell(wording.NONE)
        if item.difference is not None:
            unit = "difference" if _unit(item) == "share" else _unit(item)
            gap = Cell(view.figure(item.difference, unit, f"{at}/difference"), item.low, item.high)
        rows.append(Row((
            Cell(view.say(f"drift_of_{item.what}")), figure(item, "exam", at),
            figure(item, "asked", at), gap, view.number(item.p, "p", f"{at}/p"),
            Cell(view.say("drift_yes") if item.moved else ""),
        )))  # fmt: skip
    heads = [
        Column(view.say("col_drift_what"), "words"),
        *view.head(
            "col_drift_exam", "col_drift_asked", "col_drift_gap", "col_drift_p", "col_drift_moved"
        ),
    ]
    return Table("asked_looked", tuple(heads), tuple(rows))


def _unit(item: Moved) -> str:
    return {"cosine": "kappa", "count": "plain"}.get(item.unit, "share")


def _weighed(view: View, found: Drift) -> Table:
    rows = [
        Row((
            Cell(view.say(f"drift_part_{item.part}")), Cell(_name(view, item)),
            view.number(item.share, "share", f"/weighed/{place}/share"),
            view.number(item.expected, "share", f"/weighed/{place}/expected"),
            Cell(view.figure(item.asked, "share", f"/weighed/{place}/asked"), item.low, item.high),
            Cell(view.say(f"drift_weighs_{item.weighs}") if item.weighs else ""),
        ))
        for place, item in enumerate(found.weighed) if item.part in ALWAYS or item.weighs
    ]  # fmt: skip
    heads = [
        Column(view.say("col_drift_part"), "words"), Column(view.say("col_drift_name"), "words"),
        *view.head("col_drift_share", "col_drift_expected", "col_drift_asked", "col_drift_weighs"),
    ]  # fmt: skip
    return Table("asked_weighed", tuple(heads), tuple(rows))


def _name(view: View, item: Weighed) -> str:
    labels = {"stratum": wording.STRATUM_LABELS, "kind": wording.KIND_LABELS}.get(item.part, {})
    if item.part == "stratum" and item.name not in labels:
        return view.say("drift_gold")
    return item.title or labels.get(item.name, item.name)


def _groups(view: View, found: Drift) -> Table:
    known = {True: view.say("drift_yes"), False: view.say("drift_no"), None: wording.NONE}
    rows = [
        Row((
            view.number(item.count, "count", f"/groups/{place}/count"),
            view.number(item.share, "share", f"/groups/{place}/share"),
            Cell(item.near or wording.NONE), Cell(known[item.found]),
            Cell(view.say(f"drift_form_{item.form}")),
            Cell(" · ".join(item.examples) or wording.NONE),
        ))
        for place, item in enumerate(found.groups)
    ]  # fmt: skip
    heads = [
        *view.head("col_drift_group", "col_drift_of"),
        Column(view.say("col_drift_near"), "words"), *view.head("col_drift_found"),
        Column(view.say("col_drift_form"), "words"),
        Column(view.say("col_drift_examples"), "words"),
    ]  # fmt: skip
    return Table("asked_groups", tuple(heads), tuple(rows))
