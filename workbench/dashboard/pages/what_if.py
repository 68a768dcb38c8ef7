"""What if: the verdict under other volumes, prices, mixes, weights and limits, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from workbench import wording
from workbench.costing import Cost, crossings
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished, records
from workbench.dashboard.pages.latency_cost import flat
from workbench.dashboard.queries import runs, what_if
from workbench.dashboard.queries.records import signature
from workbench.dashboard.views import charts, controls
from workbench.errors import WorkbenchError
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
    with sight:
        _in_sight(run, verdict, money, setting != start, own_setting)
    with top:
        _verdict(run, verdict)
    with right:
        _break_even(run, money, setting)
        _map(run, verdict)
        _table(run, verdict, money)
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


def _verdict(run: runs.Snapshot, verdict: Verdict) -> None:
    shown = components.labels(run.variants)
    components.text(verdict.sentence or "No verdict.", "")
    if verdict.today:
        components.text(verdict.today.sentence, "")
    confidence = verdict.confidence
    wins = sorted(verdict.wins.items(), key=lambda pair: -pair[1])
    _utilities(run.id, verdict, shown)
    if confidence is not None and len(wins) > 1:
        listed = ", ".join(f"{shown.get(n, n)} {wording.share(w)}" for n, w in wins if w > 0)
        components.quiet(
            f"With questions, shares and prices drawn anew thousands of times, these win: {listed}."
        )
    for gone in verdict.excluded:
        reason = gone.constraint.replace("_", " ")
        components.quiet(f"Out: {shown.get(gone.variant, gone.variant)} ({reason}).")


def _utilities(run: str, verdict: Verdict, shown: Mapping[str, str]) -> None:
    """What the points of each variant are made of, where cost and latency count."""
    result = verdict.utility
    if result is None:
        return
    money, second = result.points_per_money, result.points_per_second
    rows = []
    for name, parts in sorted(result.variants.items(), key=lambda pair: -(pair[1].utility or 0)):
        spent, waited = parts.cost_per_1000 or 0.0, parts.seconds or 0.0
        rows.append([
            escape(shown.get(name, name)), wording.points(parts.quality),
            wording.difference(-money * spent / 100), wording.difference(-second * waited / 100),
            wording.points(parts.utility),
        ])  # fmt: skip
    heads = ["Variant", "Quality", "Cost takes", "Latency takes", "Utility"]
    components.table("Utility of each variant, in points", heads, rows)
    listed = [{"variant": name, **parts.record()} for name, parts in result.variants.items()]
    components.csv_button(f"{run}-utility", listed, "csv_utility")


def _break_even(run: runs.Snapshot, money: Mapping[str, Cost], setting: what_if.Setting) -> None:
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
    for line in _crossings(money, setting, shown):
        components.text(f"• {line}", "")


def _crossings(
    money: Mapping[str, Cost], setting: what_if.Setting, shown: Mapping[str, str]
) -> list[str]:
    """Where one variant's month becomes cheaper than another's."""
    result = []
    for item in crossings(money, setting.queries_per_month, setting.updates_per_month):
        if item["quantity"] != "queries_per_month" or not 10 <= item["at"] <= 1e9:
            continue
        if item["low"] is not None:
            high = "∞" if item["high"] is None else wording.count(item["high"])
            span = f" [{wording.count(item['low'])}, {high}]"
        else:
            span = wording.say("break_even_exact" if item["exact"] else "break_even_unknown")
        first, second = (shown.get(item[key], item[key]) for key in ("challenger", "incumbent"))
        result.append(
            f"{first} costs less than {second} {'above' if item['above'] else 'below'} "
            f"{wording.count(item['at'])} questions a month{span}."
        )
    return result


def _map(run: runs.Snapshot, verdict: Verdict) -> None:
    """Who wins at which volume and how often the text changes."""
    st.header("Who wins where")
    grid = verdict.map
    if grid is None:
        components.quiet("Without costs the winner is the same at every volume.")
        return
    shown = components.labels(run.variants)
    rows = [
        {
            "x": wording.count(q),
            "y": wording.rate(u),
            "what": shown.get(name, "none is allowed") if name else "none is allowed",
            "tip": shown.get(name, "none is allowed") if name else "none is allowed",
        }
        for u, line in zip(grid.updates_per_month, grid.winner, strict=True)
        for q, name in zip(grid.queries_per_month, line, strict=True)
    ]
    present = list(dict.fromkeys(name for line in grid.winner for name in line if name))
    known = components.colours(shown)
    scheme = {shown[n]: known[n] for n in present}
    if any(row["what"] == "none is allowed" for row in rows):
        scheme["none is allowed"] = "#bbbbbb"
    if len(scheme) == 1:
        only = next(iter(scheme))
        low, high = (
            wording.count(q) for q in (grid.queries_per_month[0], grid.queries_per_month[-1])
        )
        most = components.updates(max(grid.updates_per_month))
        what = f"{only} wins" if present else "No variant is allowed"
        components.say(
            f"{what} everywhere from {low} to {high} questions and up to {most} a month."
        )
        return
    components.say(f"The winner changes over the map: {', '.join(scheme)}.")
    ups = [wording.rate(u) for u in reversed(grid.updates_per_month)]
    components.legend(scheme.items())
    picture = charts.heat(rows, "Questions a month", "Updates a month", scheme, up_order=ups)
    components.chart(picture, "Winner by questions a month and updates a month")
    components.quiet("By the point rule: of all within your margin of the best, the cheapest.")


def _table(run: runs.Snapshot, verdict: Verdict, money: Mapping[str, Cost]) -> None:
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
