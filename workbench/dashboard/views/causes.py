"""Where a variant's points were lost, cause by cause, with the questions behind each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.evidence import View
from workbench.dashboard.views import charts
from workbench.dashboard.views.findings import notes, say, table
from workbench.findings import Section
from workbench.findings.levers import cause_label
from workbench.records.results import Step, Waterfall

#: The causes in the order of the bars.
CAUSES = ("retrieval_missed", "passages_distracted", "not_known", "reader_failed",
          "wrongly_refused", "wrongly_answered", "gained")  # fmt: skip


def steps(run: runs.Snapshot, variant: str) -> tuple[Step, ...]:
    """The waterfall's steps of a variant."""
    return (run.results.waterfall or {}).get(variant, Waterfall()).steps


def behind(run: runs.Snapshot, variant: str, cause: str) -> tuple[str, ...] | None:
    """The questions on which a variant lost points by a cause; None where none is recorded."""
    for step in steps(run, variant):
        if step.cause == cause:
            return step.questions
    return None


def of_question(run: runs.Snapshot, question: str) -> dict[str, str]:
    """Why each variant lost its points on this question, in words."""
    result: dict[str, str] = {}
    for variant in run.results.waterfall or ():
        for step in steps(run, variant):
            # A gain over the oracle explains no lost point.
            if question in step.questions and step.cause != "gained":
                result.setdefault(variant, cause_label(step.cause))
    return result


def waterfall(view: View, known: findings.View, section: Section) -> None:
    """Points lost by cause in one picture, the steps of each variant, and links to questions."""
    st.header(section.title)
    say(section.statements)
    lost: list[dict[str, Any]] = []
    matches: list[tuple[float, str, int]] = []
    for name in view.names:
        for step in steps(view.run, name):
            if step.points <= 0:
                continue
            place = CAUSES.index(step.cause) if step.cause in CAUSES else len(CAUSES)
            tip = f"{wording.points(step.points)} points, {wording.counted(step.count, 'question')}"
            bar = {"label": known.name(name), "part": cause_label(step.cause), "tip": tip}
            lost.append({**bar, "value": 100 * step.points, "place": place})
            if name == view.front:
                matches.append((step.points, step.cause, step.count))
    if not lost:
        return
    colours = dict(zip(map(cause_label, CAUSES), components.CAUSES, strict=True))
    used = dict.fromkeys(bar["part"] for bar in sorted(lost, key=lambda bar: bar["place"]))
    parts = [(part, colours.get(part, components.UNCLEAR)) for part in used]
    order = list(dict.fromkeys(bar["label"] for bar in lost))
    components.legend(parts)
    picture = charts.bars(lost, "Points lost", parts, order)
    components.chart(picture, "Points lost by cause for each variant")
    with st.container(horizontal=True):
        for _, cause, count in sorted(matches, reverse=True):
            text = components.markdown(f"{view.shown[view.front]}: {cause_label(cause)} ({count})")
            components.page_link("questions", text, view.run.id, cause=cause, of=view.front)
    with st.expander("Each variant, with the cheapest fix"):
        notes(section.notes)
        for part in section.parts:
            for item in part.tables:
                table(known, item, part.title, view.run.id)
