"""Where a variant's points were lost, cause by cause, with the questions behind each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.evidence import View
from workbench.dashboard.views import charts
from workbench.records.results import Step, Waterfall

LABELS: dict[str, str] = {
    "retrieval_missed": "Search missed the evidence",
    "passages_distracted": "Evidence found, answer still wrong",
    "not_known": "Not known, nothing to look up",
    "reader_failed": "The oracle fails too, with the evidence in hand",
    "wrongly_refused": "Refused an answerable question",
    "wrongly_answered": "Answered the unanswerable",
    "gained": "Gained over the oracle",
}


def label(cause: str) -> str:
    """A cause in words."""
    return LABELS.get(cause, cause.replace("_", " "))


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
                result.setdefault(variant, label(step.cause))
    return result


def waterfall(view: View) -> None:
    """Points lost by cause, and links to the questions behind each."""
    lost: list[dict[str, Any]] = []
    matches: list[tuple[float, str, str, int]] = []
    for name in view.names:
        for step in steps(view.run, name):
            cause, points, count = step.cause, step.points, step.count
            if points <= 0:
                continue
            place = list(LABELS).index(cause) if cause in LABELS else len(LABELS)
            tip = f"{wording.points(points)} points, {count} questions"
            bar = {"label": view.shown[name], "part": label(cause), "value": 100 * points}
            lost.append({**bar, "place": place, "tip": tip})
            matches.append((points, name, cause, count))
    if not lost:
        components.quiet(
            "This run has no oracle to tell searching from reading, or nothing was lost."
        )
        return
    points, name, cause, _ = max(matches)
    components.say(
        f"The largest single loss: {view.shown[name]} loses {wording.points(points)} points: "
        f"{label(cause)[0].lower()}{label(cause)[1:]}."
    )
    colours = dict(zip(LABELS.values(), components.CAUSES, strict=True))
    used = dict.fromkeys(bar["part"] for bar in sorted(lost, key=lambda bar: bar["place"]))
    parts = [(part, colours.get(part, components.UNCLEAR)) for part in used]
    order = list(dict.fromkeys(bar["label"] for bar in lost))
    components.legend(parts)
    picture = charts.bars(lost, "Points lost", parts, order)
    components.chart(picture, "Points lost by cause for each variant")
    with st.container(horizontal=True):
        for _, name, cause, count in sorted(matches, reverse=True):
            if name == view.front:
                text = components.markdown(f"{view.shown[name]}: {label(cause)} ({count})")
                components.page_link("questions", text, view.run.id, cause=cause, of=name)
