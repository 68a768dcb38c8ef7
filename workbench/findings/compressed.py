"""What a smaller model costs in answers, and gains in size and time."""

from __future__ import annotations

from workbench import wording
from workbench.findings.leading import gap_of
from workbench.findings.values import Cell, Column, Row, Section, Statement, Table
from workbench.findings.view import View
from workbench.records.compressed import Compressed


def compressed(view: View) -> Section:
    """Each compressed variant beside the one that it was made of."""
    found, title = view.results.compressed, view.say("h_compressed")
    if not found:
        return Section("compressed", title)
    said = tuple(
        made for place, item in enumerate(found) if (made := _said(view, place, item)) is not None
    )
    return Section(
        "compressed", title, (view.state("compressed_note"),), said,
        tables=(_table(view, found),), chief=True,
    )  # fmt: skip


def _said(view: View, place: int, item: Compressed) -> Statement | None:
    gap = gap_of(view, item.variant, item.whole)
    if gap is None or item.weight_share is None:
        return None
    low, high = gap["low"]["value"], gap["high"]["value"]
    known = low is not None and high is not None
    key = (
        "compressed_worse" if known and high < 0
        else "compressed_better" if known and low > 0
        else "compressed_level"
    )  # fmt: skip
    return view.state(
        key, name=view.name(item.variant), whole=view.name(item.whole),
        share=view.figure(item.weight_share, "share", f"/compressed/{place}/weight_share"), **gap,
    )  # fmt: skip


def _table(view: View, found: tuple[Compressed, ...]) -> Table:
    heads = [
        *view.head("", "col_held_in", "col_blocks_out", "col_weights_take"),
        Column(wording.metric_label(view.metric)), *view.head("col_p90_time", "col_to_whole"),
    ]  # fmt: skip
    rows = []
    told: set[str] = set()
    for place, item in enumerate(found):
        at = f"/compressed/{place}"
        if item.whole and item.whole not in told:
            told.add(item.whole)
            size = view.number(item.whole_bytes, "size", f"{at}/whole_bytes")
            rows.append(_row(view, item.whole, Cell(""), Cell(""), size, Cell("")))
        gap = gap_of(view, item.variant, item.whole)
        out = wording.NONE if not item.blocks else f"{item.blocks_removed} / {item.blocks}"
        rows.append(_row(
            view, item.variant,
            Cell(item.weights if item.weights != "none" else wording.NONE), Cell(out),
            view.number(item.weight_bytes, "size", f"{at}/weight_bytes"),
            Cell(wording.NONE) if gap is None
            else Cell(gap["gap"], gap["low"]["value"], gap["high"]["value"]),
        ))  # fmt: skip
    return view.table("compressed", heads, rows)


def _row(view: View, name: str, *cells: Cell) -> Row:
    """A variant's row: what was done, what it takes, its score and its slowest tenth."""
    row = next(item for item in view.rows if item.name == name)
    held, out, size, gap = cells
    return view.row(row, (
        held, out, size,
        view.estimate(row.metrics.get(view.metric), f"{row.at}/metrics/{view.metric}"),
        view.number(row.latency.total_s.p90, "seconds", f"{row.at}/latency/total_s/p90"), gap,
    ))  # fmt: skip
