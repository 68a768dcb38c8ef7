"""What if: the verdict under other volumes, prices, mixes, weights and limits, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import streamlit as st

from workbench import findings, wording
from workbench.costing import Cost, crossings
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished, records
from workbench.dashboard.pages.latency_cost import flat
from workbench.dashboard.queries import runs, what_if
from workbench.dashboard.queries.records import signature
from workbench.dashboard.views import charts, controls
from workbench.dashboard.views.findings import draw, notes
from workbench.errors import WorkbenchError
from workbench.findings import decided, priced
from workbench.records.results import Meeting
from workbench.records.verdict import Verdict
from workbench.types import Score

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
        # The signature covers the scores only; the decision also rests on these two.
        rests_on = runs.stamp(run.files.results, run.files.specification)
        known = _evidence(str(run.path), (*signature(run.path), *rests_on))
    except WorkbenchError as error:
        components.problems([str(error)])
        return
    start = what_if.declared(known)
    own_setting = controls.own_values(known, start)
    if st.session_state.get("what_if_run") not in (None, run.id):
        # Widgets keep their values by key: another run starts from its own setting.
        controls.reset(own_setting)
    st.session_state["what_if_run"] = run.id
    st.html(STYLE.replace("PAPER", components.PAPER[components.dark()]))
    # The verdict stands on top, but is known only after the sliders below are drawn. What stays
    # in sight has a container of the page's own: it may not leave the block that holds it.
    sight = st.container(key="in_sight", horizontal=True, vertical_alignment="center")
    top = st.container()
    left, right = st.columns([1, 1.9], gap="large")
    with left:
        setting = controls.sliders(known, start)
    verdict, money = what_if.decide_again(known, setting)
    told = findings.View(run.results.model_copy(update={"verdict": verdict}))
    with sight:
        _in_sight(run, verdict, money, setting != start, own_setting)
    with top:
        _verdict(run, told)
    with right:
        _break_even(run, told, money, setting)
        _map(run, told)
        _table(run, money)
    with left:
        st.download_button(
            "This setting as YAML",
            what_if.to_yaml(known, setting),
            file_name=f"{run.id}-what-if.yaml",
            icon=":material/download:",
            on_click="ignore",
        )
        components.quiet("The address of this page carries the setting: copy it to share.")


# Not cache_data, which hands out copies: pooled figures collect here over reruns.
@st.cache_resource(max_entries=3, show_spinner=False)
def _evidence(path: str, mark: tuple[Any, ...]) -> what_if.WhatIfInputs:
    from pathlib import Path

    run = runs.open_run(Path(path))
    wanted = list(what_if.metrics(run))
    matches = records(run).rows(
        f"SELECT * FROM scores WHERE metric IN ({', '.join('?' * len(wanted))})", wanted
    )
    return what_if.evidence(
        run, [Score(r["question"], r["variant"], r["metric"], r["value"]) for r in matches]
    )


def _in_sight(
    run: runs.Snapshot, verdict: Verdict, money: Mapping[str, Cost], changed: bool,
    own_setting: dict[str, Any],
) -> None:  # fmt: skip
    """The outcome in a few words, which stays on top while the page is scrolled."""
    leader, own = _front(verdict), _front(run.verdict)
    shown = components.labels(run.variants)
    colour = components.colours(shown)[leader] if leader in shown else components.ORACLE
    if not changed:
        told = "This is the run's own setting. Move something."
    elif leader != own:
        told = f"Another outcome than the run's own: there it is {shown.get(own, own or 'open')}."
    else:
        told = "The same variant in front as under the run's own setting."
    price = money.get(leader)
    if price is not None:
        told += f" {shown[leader]} costs {wording.money(price.per_month, price.currency)} a month."
    components.verdict(headline(verdict.sentence) or "No verdict.", colour, told)
    st.button(
        "Reset", key="reset", icon=":material/restart_alt:", disabled=not changed,
        on_click=controls.reset, args=(own_setting,), help="Back to the run's own setting",
    )  # fmt: skip


def headline(sentence: str) -> str:
    """The first sentence: what to do, without why."""
    first, dot, _ = sentence.partition(". ")
    return first + "." if dot else sentence


def _front(verdict: Verdict) -> str:
    return verdict.variant or verdict.leader or ""


def _verdict(run: runs.Snapshot, told: findings.View) -> None:
    verdict, shown = told.verdict, components.labels(run.variants)
    components.text(verdict.sentence or "No verdict.", "")
    if verdict.today:
        components.text(verdict.today.sentence, "")
    draw(told, decided.utility(told), run.id, head=False)
    wins = sorted(verdict.wins.items(), key=lambda pair: -pair[1])
    if verdict.confidence is not None and len(wins) > 1:
        listed = ", ".join(f"{shown.get(n, n)} {wording.share(w)}" for n, w in wins if w > 0)
        components.quiet(
            f"With questions, shares and prices drawn anew thousands of times, these win: {listed}."
        )
    notes(decided.exclusions(told))


def _break_even(
    run: runs.Snapshot, told: findings.View, money: Mapping[str, Cost], setting: what_if.Setting
) -> None:
    """Monthly cost over the volume, one line per variant."""
    st.header("Cost a month, by volume")
    shown = components.labels(run.variants)
    names = [n for n, item in money.items() if item.monthly(1, 1) is not None]
    if not names:
        components.quiet("No prices, so no cost.")
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
    here = sorted(
        names,
        key=lambda n: money[n].monthly(setting.queries_per_month, setting.updates_per_month) or 0,
    )
    amounts = [money[n].monthly(setting.queries_per_month, setting.updates_per_month) for n in here]
    components.say(
        f"At {wording.count(setting.queries_per_month)} questions and "
        f"{components.updates(setting.updates_per_month)} a month, {shown[here[0]]} costs least "
        f"({wording.money(amounts[0], currency)}) and {shown[here[-1]]} most "
        f"({wording.money(amounts[-1], currency)})."
    )
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
    for item in crossings(money, setting.queries_per_month, setting.updates_per_month):
        if item["quantity"] == "queries_per_month" and 10 <= item["at"] <= 1e9:
            met = priced.meeting(told, Meeting.model_validate(item), "")
            components.text(f"• {met.text()}", "")


def _map(run: runs.Snapshot, told: findings.View) -> None:
    """Who wins at which volume and how often the text changes."""
    section = priced.winners(told)
    if not section:
        st.header(section.title)
        components.quiet("Without costs the winner is the same at every volume.")
    draw(told, section, run.id)


def _table(run: runs.Snapshot, money: Mapping[str, Cost]) -> None:
    """What each variant costs under this setting."""
    shown = components.labels(run.variants)
    colours = components.colours(shown)
    rows = [
        [
            components.dot(colours[name], shown[name]),
            wording.money(item.fixed, item.currency),
            wording.money(item.per_1000, item.currency),
            wording.money(item.per_update, item.currency),
            wording.money(item.per_month, item.currency),
            wording.money(item.per_1000_correct, item.currency),
        ]
        for name, item in money.items()
    ]
    heads = ["Variant", "Once", "Per 1,000 questions", "Per update of the text", "Per month",
             "Per 1,000 correct answers"]  # fmt: skip
    components.table("Cost of each variant under this setting", heads, rows)
    listed = [{"variant": n, **flat(asdict(item))} for n, item in money.items()]
    components.csv_button(f"{run.id}-what-if", listed, "csv_what_if")
