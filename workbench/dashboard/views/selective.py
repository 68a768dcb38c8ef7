"""How sure and how right: score among the answered against the share of questions answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.views import charts
from workbench.records.variants import VariantRow
from workbench.report.selective import threshold


def section(rows: Sequence[VariantRow], shown: Mapping[str, str]) -> None:
    """The curves of a finished run under their sentence; nothing where no model tells."""
    told = [row for row in rows if row.risk_coverage]
    for row in rows:
        if row.threshold:
            components.say(wording.text(threshold(row)))
    if not told:
        return
    st.header(wording.say("h_selective"))
    components.say(conclusion(told))
    colours = components.colours(shown)
    components.legend((shown[row.name], colours[row.name]) for row in told)
    components.chart(
        lines(told, shown), "Score among the answered against the share of questions answered"
    )
    components.quiet(wording.say("selective_short"))


def conclusion(told: Sequence[VariantRow]) -> str:
    """Whose confidence tells most: the widest gap between losing at random and by confidence."""
    gains = {
        row.name: float(row.risk_coverage.random or 0) - float(row.risk_coverage.area or 0)
        for row in told
        if row.risk_coverage
    }
    best = max(told, key=lambda row: gains[row.name])
    return wording.say(
        "selective_best" if gains[best.name] > 0 else "selective_nothing",
        name=best.short,
        gain=wording.points(gains[best.name]),
    )


def lines(told: Sequence[VariantRow], shown: Mapping[str, str]) -> alt.Chart:
    """One line a variant, in points and per cent."""
    names = [row.name for row in told]
    points = [
        {
            "label": shown[row.name],
            "across": 100 * across,
            "up": 100 * up,
            "tip": wording.share(sure),
        }
        for row in told
        if row.risk_coverage
        for across, up, sure in row.risk_coverage.points
    ]
    return (
        alt.Chart(charts.frame(points))
        .mark_line(strokeWidth=2.5, point={"size": 14, "filled": True})
        .encode(
            x=alt.X(
                "across:Q", title="Share of questions answered, %", scale=alt.Scale(domain=[0, 100])
            ),
            y=alt.Y("up:Q", title="Score among these, points", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color(
                "label:N",
                scale=charts.scale(names, shown),
                # In HTML above the chart: inside, it would take the chart's own height.
                legend=None,
            ),
            strokeDash=alt.StrokeDash("label:N", legend=None),
            tooltip=[
                alt.Tooltip("label:N", title="Variant"),
                alt.Tooltip("across:Q", title="Answered, %", format=".0f"),
                alt.Tooltip("up:Q", title="Score", format=".1f"),
                alt.Tooltip("tip:N", title="At least so sure"),
            ],
        )
        .properties(height=260)
    )
