"""The evidence slice by slice: strata, kinds, and the hand-written questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from workbench.dashboard import charts, evidence, look, runs


def sliced(view: evidence.View, by: str, order: Sequence[str], titles: Mapping[str, str]) -> None:
    """One panel of dots per stratum or kind."""
    short = look.short_labels(view.rows)
    panels = []
    for part in order:
        matches = [view.estimate(row, by, part) for row in view.rows]
        result = [
            charts.estimate_row(short[name], estimate, view.metric)
            for name, estimate in zip(view.names, matches, strict=True)
        ]
        lines = [line for line in result if line]
        if lines:
            asked = max(int(estimate.get("n") or 0) for estimate in matches)
            panels.append((f"{titles.get(part, part)} ({asked} questions)", lines))
    if not panels:
        look.quiet("Nothing was recorded by this slice.")
    for start in range(0, len(panels), 3):
        for column, (heading, lines) in zip(st.columns(3), panels[start : start + 3], strict=False):
            with column:
                look.text(heading, "wb-head")
                look.chart(
                    charts.dots(lines, view.names, short, view.title),
                    f"{view.title} per variant, {heading}, with 95% intervals",
                )


def gold(view: evidence.View) -> None:
    """The hand-written questions, apart."""
    short = look.short_labels(view.rows)
    result = [
        charts.estimate_row(short[str(row["name"])], view.estimate(row, "gold"), view.metric)
        for row in view.rows
    ]
    lines = [line for line in result if line]
    if not lines:
        look.quiet("This run has no hand-written questions.")
        return
    agreed = runs.mapping(view.run.results.get("gold_agreement")).get("sentence")
    look.text(agreed or "The hand-written questions:", "wb-say")
    look.chart(
        charts.dots(lines, view.names, short, view.title),
        f"{view.title} on hand-written questions, with 95% intervals",
    )
