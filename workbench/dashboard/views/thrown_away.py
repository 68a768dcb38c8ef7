"""What was written and thrown away: all of it by reason, searched, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import drops, runs
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import charts

PER_PAGE = 50


def draw(run: runs.Snapshot, opened: Records) -> None:
    """How much each way of writing gave, why the rest fell, and every draft that did."""
    _yield(run)
    every = drops.thrown_away(run)
    if not every:
        components.quiet("Nothing was thrown away, or this run does not say.")
        return
    counted = drops.reasons(every)
    worst, number = counted[0]
    components.say(
        f"{len(every):,} drafts were thrown away. The most frequent reason: {worst} ({number:,})."
    )
    rows = [
        {"label": r, "part": "drafts", "value": n, "place": 0, "tip": f"{n:,}"} for r, n in counted
    ]
    picture = charts.bars(
        rows, "Drafts", [("drafts", components.CAUSES[0])], [reason for reason, _ in counted]
    )
    components.chart(picture, "Drafts thrown away by reason")
    _list(run, opened, every, dict(counted))


def _list(
    run: runs.Snapshot, opened: Records, every: Sequence[drops.Row], counted: dict[str, int]
) -> None:
    left, right = st.columns(2, vertical_alignment="bottom")
    reason = left.selectbox(
        "Reason", [None, *counted], key="drop_reason",
        format_func=lambda r: f"all ({len(every):,})" if r is None else f"{r} ({counted[r]:,})",
    )  # fmt: skip
    search = right.text_input(
        "Search drafts, answers, details and sections", icon=":material/search:", key="drop_search"
    )
    titles = opened.section_titles()
    found = drops.matching(every, reason, search, titles)
    shown = components.paged(found, PER_PAGE, "drop_page")
    table = [
        [
            *(escape(row[name]) for name in ("question", "answer", "reason", "detail")),
            escape(titles.get(row["section"], row["section"])),
            escape(" · ".join(
                part for part in (row["way"], wording.KIND_LABELS.get(row["kind"], row["kind"]))
                if part
            )),
        ]
        for row in shown
    ]  # fmt: skip
    heads = ["Draft", "Answer", "Reason", "Detail", "Section", "Way and kind"]
    components.table(f"{len(found):,} of {len(every):,} drafts", heads, table, words=range(6),
                     cards=True)  # fmt: skip
    components.csv_button(f"{run.id}-thrown-away", lambda: found, "csv_drops")


def _yield(run: runs.Snapshot) -> None:
    """How much the text gave by way of writing, kind and document; nothing for an older run."""
    from workbench.questions.dataset.yields import found_sentences, yield_rows
    from workbench.records.load import read_object

    record, _ = read_object(run.files.yields)
    if not record:
        return
    components.say(found_sentences(record))
    rows = yield_rows(record)
    heads = ["By", "", "Candidates", "Kept", "Dropped", "Most often because"]
    table = [[escape(str(value)) for value in row.values()] for row in rows]
    components.table("What the text gave", heads, table, words=(0, 1, 5))
    components.csv_button(f"{run.id}-yield", list(rows), "csv_yield")
