"""The graph of a run's text: one thing with what it is told of together with, and the sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import graph, runs
from workbench.dashboard.queries.graph import Told
from workbench.dashboard.views import charts

#: Things around the chosen one, and sentences on a page of the table.
AROUND, ROWS = 12, 20
HEIGHT = 420
MIDDLE, RING = "#b04a6f", "#3b78b8"


def draw(run: runs.Snapshot) -> None:
    """Nothing for a run without a graph."""
    found = graph.read(run.files.triples)
    if found is None:
        return
    st.header("The graph of the text")
    components.quiet(
        f"{wording.counted(len(found.told), 'fact')} about "
        f"{wording.counted(len(found.things), 'thing')}, each from one sentence of the text."
    )
    thing = st.selectbox("Thing", found.things, key="graph_thing")
    told = found.about(thing)
    near = graph.neighbours(told, thing, AROUND)
    components.chart(_picture(thing, near), _in_words(thing, near))
    apart = len({item.other(thing) for item in told}) - len(near)
    if apart > 0:
        components.quiet(f"The {len(near)} that most is told of; {apart} more are in the table.")
    rows = [
        [escape(item.subject), escape(item.relation), escape(item.object), escape(item.triple.said)]
        for item in components.paged(told, ROWS, f"graph_{thing}")
    ]
    heads = ["Subject", "Relation", "Object", "The text says"]
    components.table(f"What the text says of {thing}", heads, rows, words=[0, 1, 2, 3], cards=True)
    components.csv_button("graph", [_flat(item) for item in told], "csv_graph")


def _flat(item: Told) -> dict[str, Any]:
    place = item.triple
    return {
        "subject": item.subject, "relation": item.relation, "object": item.object,
        "document": place.document, "start": place.start, "end": place.end, "sentence": place.said,
    }  # fmt: skip


def _in_words(thing: str, near: Sequence[tuple[str, Sequence[Told]]]) -> str:
    """The picture as a text, for who cannot see it."""
    parts = [f"{told[0].subject} {told[0].relation} {told[0].object}" for _, told in near]
    return f"{thing} and what it is told of together with: {'; '.join(parts)}"


def _picture(thing: str, near: Sequence[tuple[str, Sequence[Told]]]) -> alt.LayerChart:
    """The thing in the middle, the others around it, what joins them below their names."""
    rows = []
    for place, (name, told) in enumerate(near):
        turn = 2 * math.pi * (place + 0.5) / len(near)
        x, y = math.sin(turn), math.cos(turn)
        more = f" (+{len(told) - 1})" if len(told) > 1 else ""
        rows.append({
            "x": x, "y": y, "x0": 0.0, "y0": 0.0, "name": components.clip(name, 28),
            "right": x >= 0,
            "relation": f"{components.clip(told[0].relation, 18)}{more}",
            "told": "; ".join(f"{t.subject} {t.relation} {t.object}" for t in told[:4]),
        })  # fmt: skip
    data = alt.Chart(charts.frame(rows))
    across = alt.Scale(domain=[-2.1, 2.1])
    up = alt.Scale(domain=[-1.2, 1.2])
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=up, axis=None)
    tip = [alt.Tooltip("told:N", title="Told")]
    lines = data.mark_rule(color="#9a9a9a", strokeWidth=1.2).encode(
        x=x, y=y, x2="x0:Q", y2="y0:Q", tooltip=tip
    )
    points = data.mark_circle(size=90, color=RING, opacity=1).encode(x=x, y=y, tooltip=tip)
    texts = []
    for right in (True, False):
        side = data.transform_filter(f"datum.right == {str(right).lower()}")
        # Outwards of the points: along the lines they would lie on each other on a phone.
        for field, size, below in (("name", 12, 0), ("relation", 10, 13)):
            mark = side.mark_text(
                align="left" if right else "right", dx=9 if right else -9, dy=below,
                fontSize=size, color=charts.ink(),
            )  # fmt: skip
            texts.append(mark.encode(x=x, y=y, text=f"{field}:N", tooltip=tip))
    centre = alt.Chart(charts.frame([{"x": 0.0, "y": 0.0, "name": components.clip(thing, 28)}]))
    dot = centre.mark_circle(size=220, color=MIDDLE, opacity=1).encode(x=x, y=y)
    title = centre.mark_text(dy=-16, fontSize=13, fontWeight="bold", color=charts.ink()).encode(
        x=x, y=y, text="name:N"
    )
    return alt.layer(lines, points, *texts, dot, title).properties(height=HEIGHT)
