"""What if: the verdict under other volumes, prices, mixes, weights and limits, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import streamlit as st

from workbench import findings, wording
from workbench.costing import Cost
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished
from workbench.dashboard.pages.latency_cost import flat
from workbench.dashboard.queries import runs, what_if
from workbench.dashboard.views import charts, controls, paying
from workbench.dashboard.views.findings import draw, notes, say, table
from workbench.errors import WorkbenchError
from workbench.findings import FRONT, assumed, decided, fair, priced
from workbench.records.verdict import Verdict

# Streamlit wraps a container: the wrapper has to stick, since it is no higher than its content.
STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-in_sight){position:sticky;top:3.75rem;z-index:90;
 background:PAPER}
.st-key-in_sight{padding:.35rem 0;border-bottom:1px solid rgba(128,128,128,.3);flex-wrap:nowrap}
.st-key-in_sight > :first-child{flex:1 1 auto;min-width:0}
@media (max-width:48rem){.st-key-in_sight .wb-verdict .big{font-size:1.05rem}}
</style>"""


def page() -> None:
    """Draw the sliders and what follows from them."""
    run = current_run()
    st.title("What if")
    if not finished(run):
        return
    try:
        known = paying.evidence(run)
    except WorkbenchError as error:
        components.problems([str(error)])
        return
    start = what_if.declared(known)
    own_setting = controls.own_values(known, start)
    paying.start_from(run, own_setting, "what_if")
    st.html(STYLE.replace("PAPER", components.PAPER[components.dark()]))
    # The verdict stands on top, but is known only after the sliders below are drawn. What stays
    # in sight has a container of the page's own: it may not leave the block that holds it.
    sight = st.container(key="in_sight", horizontal=True, vertical_alignment="center")
    top = st.container()
    left, right = st.columns([1, 1.9], gap="large")
    with left:
        setting = controls.sliders(known, start)
    verdict, money = what_if.decide_again(known, setting)
    told = findings.View(what_if.repriced(run, known, setting, verdict, money))
    with sight:
        _in_sight(run, told, setting != start, own_setting)
    with top:
        _verdict(run, told)
    with right:
        _month(run, told, money, setting)
        _map(run, told)
    with left:
        st.download_button(
            "This setting as YAML",
            what_if.to_yaml(known, setting),
            file_name=f"{run.id}-what-if.yaml",
            icon=":material/download:",
            on_click="ignore",
        )
        components.quiet("The address of this page carries the setting: copy it to share.")


def _in_sight(
    run: runs.Snapshot, told: findings.View, changed: bool, own_setting: dict[str, Any]
) -> None:
    """The outcome in a few words, which stays on top while the page is scrolled."""
    verdict = told.verdict
    leader, own = _front(verdict), _front(run.verdict)
    shown = components.labels(run.variants)
    colour = components.colours(shown)[leader] if leader in shown else components.ORACLE
    if not changed:
        says = "This is the run's own setting. Move something."
    else:
        says = assumed.outcome(told, own).text()
    cost = next((row.cost for row in told.rows if row.name == leader), None)
    if cost is not None:
        amount = wording.money(cost.per_month, cost.currency)
        says += f" {shown[leader]} costs {amount} a month. {assumed.basis(told)}"
    components.verdict(headline(verdict.sentence) or "No verdict.", colour, says)
    st.button(
        "Reset", key="reset", icon=":material/restart_alt:", disabled=not changed,
        on_click=paying.reset, args=(own_setting,), help="Back to the run's own setting",
    )  # fmt: skip


def headline(sentence: str) -> str:
    """The first sentence: what to do, without why."""
    first, dot, _ = sentence.partition(". ")
    return first + "." if dot else sentence


def _front(verdict: Verdict) -> str:
    return verdict.variant or verdict.leader or ""


def _verdict(run: runs.Snapshot, told: findings.View) -> None:
    verdict = told.verdict
    components.text(verdict.sentence or "No verdict.", "")
    if verdict.today:
        components.text(" ".join(item.text() for item in FRONT["today"](told).statements), "")
    draw(told, decided.utility(told), run.id, head=False)
    notes(decided.headline(told).notes)
    notes(decided.exclusions(told))
    draw(told, fair.harm(told), run.id)


def _month(
    run: runs.Snapshot, told: findings.View, money: Mapping[str, Cost], setting: what_if.Setting
) -> None:
    """The month of each variant with what it rests on, and over the volume."""
    page = priced.cost_page(told)
    st.header(page.title)
    say(page.statements)
    if not page:
        components.quiet("No prices, so no cost.")
        return
    listed = [{"variant": n, **flat(asdict(item))} for n, item in money.items()]
    cost = priced.cost(told)
    for item in cost.tables:
        table(told, item, cost.title, f"{run.id}-what-if", listed)
    _by_volume(run, money, setting)
    draw(told, priced.break_even(told), run.id)


def _by_volume(run: runs.Snapshot, money: Mapping[str, Cost], setting: what_if.Setting) -> None:
    """Monthly cost over the volume, one line per variant."""
    shown = components.labels(run.variants)
    names = [n for n, item in money.items() if item.monthly(1, 1) is not None]
    if not names:
        return
    known = components.colours(shown)
    colours = {shown[n]: known[n] for n in names}
    currency = money[names[0]].currency
    volumes = np.unique(np.append(np.logspace(2, 7, 41), setting.queries_per_month))
    rows = [
        {
            "curve": shown[n],
            "x": float(q),
            "y": money[n].monthly(float(q), setting.updates_per_month),
        }
        for n in names
        for q in volumes
    ]
    components.text("The same at other volumes", "wb-head")
    components.legend(colours.items())
    marker = [{"x": setting.queries_per_month, "note": "your volume"}]
    picture = charts.lines(
        rows, "Questions a month", f"Cost a month ({currency})", colours, log_x=True, log_y=True,
        marks_at=marker,
    )  # fmt: skip
    components.chart(picture, "Monthly cost of each variant over the number of questions")
    components.quiet(
        "Both axes grow by factors of ten. One-off costs are spread over twelve months."
    )


def _map(run: runs.Snapshot, told: findings.View) -> None:
    """Who wins at which volume and how often the text changes."""
    section = priced.winners(told)
    if not section:
        st.header(section.title)
        components.quiet("Without costs the winner is the same at every volume.")
    draw(told, section, run.id)
