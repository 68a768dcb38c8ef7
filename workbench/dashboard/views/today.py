"""If the choice must be made today: whom to take, what it risks, what more evidence is worth."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries.evidence import View
from workbench.dashboard.views import charts
from workbench.records.verdict import Today

WORDS = wording.LANGUAGES["en"]


def section(view: View) -> None:
    """The sentence with a small chart beside it; the table of all variants folded away."""
    item = view.run.verdict.today
    if item is None:
        return
    st.header(WORDS["h_today"])
    if not any(step.points for step in item.evidence):
        components.say(item.sentence)
    else:
        left, right = st.columns([3, 2], gap="large")
        with left:
            components.say(item.sentence)
        with right:
            colour = components.colours(view.shown).get(item.variant, components.ORACLE)
            components.chart(charts.evidence(item.evidence, colour), WORDS["evidence_alt"])
            components.quiet(WORDS["evidence_note"])
    if item.variants:
        with st.expander("What each choice would risk"):
            _choices(view, item)


def _choices(view: View, item: Today) -> None:
    """Every variant as if it were taken."""
    colours = components.colours(view.names)
    prices = view.run.results.prices
    currency = prices.currency if prices else "USD"
    rows, classes = [], []
    for name in (name for name in view.names if name in item.variants):
        row = item.variants[name]
        rows.append(
            [components.dot(colours[name], view.shown[name]), wording.loss(row.points),
             wording.loss(row.points_tail), escape(wording.money(row.money, currency)),
             wording.share(row.chance)]
        )  # fmt: skip
        classes.append("best" if name == item.variant else "")
    heads = [WORDS[key] for key in ("col_if_taken", "col_lost", "col_unlucky", "col_overpaid",
                                    "col_chance")]  # fmt: skip
    components.table("Bold is the one to take today", heads, rows, classes)
    components.quiet(wording.say("today_note", draws=wording.count(item.draws)))
    listed = [{"variant": name, **row.record()} for name, row in item.variants.items()]
    components.csv_button(f"{view.run.id}-today", listed, "csv_today")
