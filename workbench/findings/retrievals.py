"""The settings of the search that were tried: which was chosen, at what cost, and how far to
believe it."""

from __future__ import annotations

from workbench import wording
from workbench.engine.study import written
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Row, Section
from workbench.findings.view import View
from workbench.records.trials import RetrievalRow

AT = "/retrieval_search"


def search(view: View) -> Section:
    """Every setting by evidence and, of the best, by answers; nothing where none was tried."""
    title, found = view.say("h_retrieval_search"), view.results.retrieval_search
    if found is None:
        return Section("retrieval_search", title)
    rows = tuple(
        _row(view, row, f"{AT}/tried/{place}", place == found.present)
        for place, row in enumerate(found.tried)
    )
    heads = [
        Column(view.say("col_setting"), "words"),
        *view.head("col_shown", "col_precise", "col_tokens_shown", "col_ms", "col_dev",
                   "col_to_best"),
        Column(view.say("col_state"), "words"), Column(view.say("col_records"), "records"),
    ]  # fmt: skip
    return Section(
        "retrieval_search", title, (view.state("retrieval_note"),),
        view.recorded(found.statements), tables=(view.table("retrieval_search", heads, rows),),
    )  # fmt: skip


def _row(view: View, row: RetrievalRow, at: str, present: bool) -> Row:
    told = [
        view.say(f"trial_{row.state}") if row.state != "complete" else "", row.note,
        view.say("col_within").lower() if row.within and row.behind is not None else "",
        view.say("col_front").lower() if row.front else "",
    ]  # fmt: skip
    tried = row.recall is not None
    name = view.say("retrieval_present") if present else written(row.settings)
    return Row((
        Cell(name), view.estimate(row.recall, f"{at}/recall"),
        view.number(row.precision, "points", f"{at}/precision"),
        view.number(row.tokens if tried else None, "count", f"{at}/tokens"),
        view.number(row.ms if tried else None, "rate", f"{at}/ms"),
        Cell(wording.NONE) if row.value is None
        else Cell(view.figure(row.value, "points", f"{at}/value"), row.low, row.high),
        Cell("") if row.behind is None else view.gap(row.behind, f"{at}/behind"),
        Cell(", ".join(part for part in told if part)),
        records((view.say("rec_trials"), "retrieval_search.json")),
    ))  # fmt: skip
