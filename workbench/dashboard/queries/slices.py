"""The evidence slice by slice: strata, kinds, and the hand-written questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from workbench.dashboard import components
from workbench.dashboard.queries import evidence
from workbench.dashboard.views import charts


def sliced(view: evidence.View, by: str, order: Sequence[str], titles: Mapping[str, str]) -> None:
    """One panel of dots per stratum or kind."""
    short = components.short_labels(view.rows)
    panels = []
    for part in order:
        matches = [view.estimate(row, by, part) for row in view.rows]
        result = [
            charts.estimate_row(short[name], estimate, view.metric)
            for name, estimate in zip(view.names, matches, strict=True)
        ]
        lines = [line for line in result if line]
        if lines:
            asked = max(estimate.n for estimate in matches)
            panels.append((f"{titles.get(part, part)} ({asked} questions)", lines))
    if not panels:
        components.quiet("Nothing was recorded by this slice.")
    for start in range(0, len(panels), 3):
        # Not strict: the last row may have fewer panels than columns.
        for column, (heading, lines) in zip(st.columns(3), panels[start : start + 3], strict=False):
            with column:
                components.text(heading, "wb-head")
                components.chart(
                    charts.dots(lines, view.names, short, view.title),
                    f"{view.title} per variant, {heading}, with 95% intervals",
                )


def gold(view: evidence.View) -> None:
    """The hand-written questions, apart."""
    short = components.short_labels(view.rows)
    result = [
        charts.estimate_row(short[row.name], view.estimate(row, "gold"), view.metric)
        for row in view.rows
    ]
    lines = [line for line in result if line]
    if not lines:
        components.quiet("This run has no hand-written questions.")
        return
    agreed = view.run.results.gold_agreement.sentence
    components.text(agreed or "The hand-written questions:", "wb-say")
    components.chart(
        charts.dots(lines, view.names, short, view.title),
        f"{view.title} on hand-written questions, with 95% intervals",
    )
