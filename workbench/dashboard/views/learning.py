"""The learning curve on the Training page, and what that says where no model was tuned."""

from __future__ import annotations

import altair as alt
import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.views import charts, findings
from workbench.findings import View, section
from workbench.records.curve import CurvePoint, LearningCurve


def draw(run: runs.Snapshot) -> None:
    """Nothing for a run whose curve was not drawn."""
    found = run.results.curve
    if found is None:
        return
    view = View(run.results)
    name, rival = view.name(found.variant), view.name(found.rival)
    said = section(run.results, "curve")
    findings.draw(view, said, run.id)
    if found.band:
        own = components.colours(view.names)
        components.legend([(name, own[found.variant]), (rival, own[found.rival])])
        components.chart(
            chart(found, own[found.variant], own[found.rival]),
            f"{name} on dev questions over the facts that it was trained on, beside {rival}",
        )


def chart(found: LearningCurve, own: str, other: str) -> alt.LayerChart:
    """Facts by their logarithm, points of a hundred upwards; dashed beyond what was trained on."""
    had = max(float(point.facts) for point in found.points)
    x = alt.X("facts:Q", title=wording.say("col_facts"), scale=alt.Scale(type="log", nice=False))
    y = alt.Y("value:Q", title=f"{wording.metric_label(found.metric)} on dev",
              scale=alt.Scale(domain=[0, 100]))  # fmt: skip
    fitted = [_row(point) for point in found.band]
    base = alt.Chart(charts.frame(fitted))
    band = base.mark_area(opacity=0.16, color=own).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    known = alt.Chart(charts.frame([_row(point) for point in found.band if point.facts <= had]))
    line = base.mark_line(strokeWidth=2, strokeDash=[5, 4], color=own).encode(x=x, y=y)
    solid = known.mark_line(strokeWidth=2.5, color=own).encode(x=x, y=y)
    seen = alt.Chart(charts.frame([_row(point) for point in found.points]))
    rule = seen.mark_rule(strokeWidth=2, color=own).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    point = seen.mark_point(filled=True, size=90, opacity=1, color=own).encode(
        x=x, y=y, tooltip=[alt.Tooltip("facts:Q", title=wording.say("col_facts")),
                           alt.Tooltip("tip:N", title=wording.say("col_dev"))],
    )  # fmt: skip
    level = alt.Chart(charts.frame([{"value": 100 * float(found.rival_value or 0)}]))
    target = level.mark_rule(strokeWidth=2, color=other).encode(y=y)
    return alt.layer(band, line, solid, target, rule, point).properties(height=300)


def _row(point: CurvePoint) -> dict[str, float | str]:
    low, high = (100 * float(end or 0) for end in (point.low, point.high))
    return {
        "facts": float(point.facts), "value": 100 * float(point.value or 0), "low": low,
        "high": high, "tip": f"{wording.points(point.value)} "
        f"{wording.interval(point.low, point.high)}",
    }  # fmt: skip


def untuned(run: runs.Snapshot) -> None:
    """What was trained instead, if anything: what finds passages is on a page of its own."""
    if run.results.search is not None and run.results.search.learned:
        st.info("No model that answers has been tuned in this run, only what finds its passages.")
        components.page_link("retrieval", "See what that training came to", run.id)
        return
    st.info("Nothing has been tuned in this run.")
    components.page_link("start", "See its progress", run.id)
