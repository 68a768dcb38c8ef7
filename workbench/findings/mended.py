"""What mending by tuning changed, and what the data is made of."""

from __future__ import annotations

from workbench import wording
from workbench.evaluation.data_report import MOST
from workbench.findings.values import Cell, Column, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.fairness import Mended


def mending(view: View) -> Section:
    """Each mended variant beside the one that differs in nothing else."""
    title, found = view.say("h_mending"), view.results.mended
    if not found:
        return Section("mending", title, chief=True)
    rows = []
    for place, item in enumerate(found):
        at = f"/mended/{place}"
        rows.append(Row((
            view.who(item.variant), view.who(item.baseline), Cell(how(view, item)),
            view.number(item.gap_before, "points", f"{at}/gap_before"),
            view.number(item.gap_after, "points", f"{at}/gap_after"),
            view.number(item.flips_before, "points", f"{at}/flips_before"),
            view.number(item.flips_after, "points", f"{at}/flips_after"),
            view.gap(item, at),
        ), item.variant, f"mended-{place}"))  # fmt: skip
    heads = [
        *view.head("col_variant", "col_mended_from"), Column(view.say("col_mended"), "words"),
        *view.head("col_gap_before", "col_gap_after", "col_flips_before", "col_gap_after",
                   "col_whole"),
    ]  # fmt: skip
    return Section(
        "mending", title, (view.state("mending_note"),),
        tuple(_line(view, place, item) for place, item in enumerate(found)),
        tables=(view.table("mending", heads, rows),), chief=True,
    )  # fmt: skip


def how(view: View, item: Mended) -> str:
    """What was done in training, in words."""
    parts = []
    if item.twins:
        parts.append(view.say("mended_twins", attributes=", ".join(item.twins)))
    for part in ("reweight", "evenly"):
        if attribute := getattr(item, part):
            parts.append(view.say(f"mended_{part}", attribute=attribute))
    return ", ".join(parts)


def _line(view: View, place: int, item: Mended) -> Statement:
    at = f"/mended/{place}"
    values = {
        "name": view.name(item.variant), "how": how(view, item),
        "gap": view.figure(item.difference, "difference", f"{at}/difference"),
        "low": view.figure(item.low, "difference", f"{at}/low"),
        "high": view.figure(item.high, "difference", f"{at}/high"),
    }  # fmt: skip
    if item.gap_before is None or item.gap_after is None:
        return view.state("mending_plain", **values)
    return view.state(
        "mending_line", before=view.figure(item.gap_before, "points", f"{at}/gap_before"),
        after=view.figure(item.gap_after, "points", f"{at}/gap_after"), **values,
    )  # fmt: skip


def data(view: View) -> Section:
    """Balance of the questions, and what in the text should not be learned."""
    title, found = view.say("h_data"), view.results.data
    if found is None:
        return Section("data", title, chief=True)
    rows = [
        Row((
            Cell(item.by), Cell(_called(item.by, item.name)),
            *(view.number(getattr(item, role), "count", f"/data/balance/{place}/{role}")
              for role in ("train", "dev", "test")),
        ))
        for place, item in enumerate(found.balance)
    ]  # fmt: skip
    heads = [
        Column(view.say("col_by"), "words"),
        Column(view.say("col_name"), "words"),
        *view.head("col_train", "col_dev_n", "col_exam_n"),
    ]
    tables = (view.table("balance", heads, rows),) if rows else ()
    note = view.state("data_note", most=str(MOST))
    return Section("data", title, (note,), _found(view), tables=tables, chief=True)


def _called(by: str, name: str) -> str:
    return wording.KIND_LABELS.get(name, name) if by == "kind" else name


def _found(view: View) -> tuple[Statement, ...]:
    found = view.results.data
    assert found is not None, "the caller looked"
    told = []
    if found.found_by:
        told.append(view.state("data_found_by", by=found.found_by))
    if found.masked:
        kinds = ", ".join(view.say(f"data_{kind}") for kind in found.masked)
        told.append(view.state("data_masked", listed=kinds))
    if found.personal:
        listed = ", ".join(
            f"{view.say(f'data_{kind}')} ({wording.count(n)})" for kind, n in found.personal.items()
        )
        told.append(view.state("data_personal", "caution", listed=listed,
                               kinds=", ".join(found.personal)))  # fmt: skip
    elif not found.masked:
        told.append(view.state("data_clean"))
    if found.rough:
        listed = ", ".join(f"{word} ({n})" for word, n in found.rough.items())
        told.append(view.state("data_rough", "caution", listed=listed))
    return tuple(told)
