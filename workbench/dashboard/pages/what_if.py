"""What if: the verdict under other volumes, prices, mixes and limits, at once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import streamlit as st

from workbench import wording
from workbench.costing import Cost, break_even_queries
from workbench.dashboard import charts, look, runs, whatif
from workbench.dashboard.app import current_run, finished, records
from workbench.dashboard.records import signature
from workbench.errors import WorkbenchError
from workbench.types import STRATA

VOLUMES = (*(m * 10**e for e in range(2, 7) for m in (1, 2, 5)), 10_000_000)
UPDATES = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
KEYS = (
    "queries", "updates", *STRATA, "margin", "hour", "labour", "tuning_hours", "update_hours",
    "always_on", "p90_ms", "budget", "cite", "local",
)  # fmt: skip


def page() -> None:
    """Draw the sliders and what follows from them."""
    run = current_run()
    st.title("What if")
    if not finished(run):
        return
    try:
        known = _evidence(str(run.path), signature(run.path))
    except WorkbenchError as error:
        look.problems([str(error)])
        return
    if st.session_state.get("what_if_run") != run.id:
        for key in KEYS:
            st.session_state.pop(key, None)
        st.session_state["what_if_run"] = run.id
    start = whatif.declared(known)
    top = st.container()
    left, right = st.columns([1, 1.9], gap="large")
    with left:
        setting = _sliders(known, start)
    verdict, money = whatif.decide_again(known, setting)
    with top:
        _verdict(run, verdict, changed=setting != start)
    with right:
        _break_even(run, money, setting)
        _map(run, verdict)
        _table(run, verdict, money)
    with left:
        st.download_button(
            "This setting as YAML",
            whatif.to_yaml(known, setting),
            file_name=f"{run.id}-what-if.yaml",
            icon=":material/download:",
            on_click="ignore",
        )
        look.quiet("The address of this page carries the setting: copy it to share.")


@st.cache_resource(max_entries=3, show_spinner=False)
def _evidence(path: str, mark: tuple[Any, ...]) -> whatif.Evidence:
    from pathlib import Path

    run = runs.open_run(Path(path))
    found = records(run).rows(
        "SELECT question, variant, value FROM scores WHERE metric=?", [run.metric]
    )
    return whatif.evidence(run, [(r["question"], r["variant"], r["value"]) for r in found])


def _with(values: tuple[Any, ...], own: Any) -> list[Any]:
    """The stops of a slider, with the run's own value among them."""
    return sorted({*values, own})


def _number(key: str, label: str, value: float, step: float, help_text: str = "") -> float:
    """A number field that the address remembers."""
    st.session_state.setdefault(key, _from_address(key, value))
    return float(
        st.number_input(
            label, min_value=0.0, step=step, key=key, bind="query-params", help=help_text or None,
            format="%.4g" if step < 0.1 else None,
        )
    )  # fmt: skip


def _from_address(key: str, value: float) -> float:
    try:
        return float(st.query_params.get(key, value))
    except ValueError:
        return value


def _sliders(known: whatif.Evidence, start: whatif.Setting) -> whatif.Setting:
    """The user's setting; the run's own where nothing was moved."""
    currency = known.book.currency
    st.subheader("Your use")
    volumes = _with(VOLUMES, start.queries_per_month)
    queries = st.select_slider(
        "Questions a month", volumes, start.queries_per_month, format_func=wording.count,
        key="queries", bind="query-params",
    )  # fmt: skip
    updates = st.select_slider(
        "Updates of the text a month", _with(UPDATES, start.updates_per_month),
        start.updates_per_month, format_func=wording.rate, key="updates", bind="query-params",
    )  # fmt: skip
    look.quiet("What will be asked, as shares:")
    parts = {}
    present = {stratum for stratum in known.table.strata if stratum}
    for stratum, share in start.mix:
        if stratum in present:
            parts[stratum] = st.slider(
                f"{wording.STRATUM_LABELS[stratum]} (weight)", 0, 100, round(100 * share),
                key=stratum, bind="query-params", help=wording.STRATUM_MEANINGS[stratum],
            )  # fmt: skip
    moved = any(parts[s] != round(100 * share) for s, share in start.mix if s in parts)
    mix = whatif.shares({k: float(v) for k, v in parts.items()}) if moved else start.mix
    st.subheader("What matters")
    margin = st.slider(
        "Smallest gain that matters (points)", 0.0, 20.0, round(100 * start.margin, 1), 0.5,
        format="%.1f", key="margin", bind="query-params",
    )  # fmt: skip
    st.subheader(f"Prices ({currency})")
    hour = start.machine_per_hour
    if hour is not None:
        hour = _number("hour", "One hour of the machine", hour, 0.01)
    labour = _number("labour", "One hour of a person", start.labour_per_hour, 5.0)
    setup, update = start.setup_hours_tuning, start.update_hours_tuning
    if labour > 0:
        setup = _number("tuning_hours", "Hours to set up tuning", setup, 1.0)
        update = _number("update_hours", "Hours of tuning at each update", update, 0.5)
    always_on = st.toggle(
        "Pay for the machine all month", start.always_on, key="always_on", bind="query-params",
        help="Off: only the seconds that questions take are paid for.",
    )  # fmt: skip
    st.subheader("Limits")
    p90 = _number(
        "p90_ms", "Longest p90 (ms; 0 is no limit)", 1000 * (start.max_p90_s or 0.0), 50.0
    )
    budget = _number(
        "budget", f"Most per month ({currency}; 0 is no limit)", start.max_monthly_cost or 0.0, 1.0
    )
    cite = st.toggle("Answers must cite", start.must_cite, key="cite", bind="query-params")
    local = st.toggle(
        "Text must stay on this machine", start.must_stay_local, key="local", bind="query-params"
    )
    return whatif.Setting(
        int(queries), float(updates), mix, margin / 100, start.level, hour, labour, setup, update,
        always_on, p90 / 1000 or None, budget or None, cite, local,
    )  # fmt: skip


def _verdict(run: runs.Run, verdict: Mapping[str, Any], changed: bool) -> None:
    leader = str(verdict.get("variant") or verdict.get("leader") or "")
    colour = look.colours([leader])[leader] if leader else look.ORACLE
    look.verdict(str(verdict.get("sentence") or "No verdict."), colour)
    own = str(run.verdict.get("variant") or run.verdict.get("leader") or "")
    shown = look.labels(run.variants)
    if not changed:
        look.quiet("This is the run's own setting. Move something.")
    elif leader != own:
        look.quiet(
            f"Another outcome than the run's own: there it is {shown.get(own, own or 'open')}."
        )
    else:
        look.quiet("The same variant in front as under the run's own setting.")
    confidence = verdict.get("confidence")
    wins = sorted(runs.mapping(verdict.get("wins")).items(), key=lambda pair: -pair[1])
    if isinstance(confidence, int | float) and len(wins) > 1:
        listed = ", ".join(f"{shown.get(n, n)} {wording.share(w)}" for n, w in wins if w > 0)
        look.quiet(f"With questions, shares and prices drawn anew 400 times, these win: {listed}.")
    for gone in verdict.get("excluded") or ():
        name = str(gone.get("variant"))
        reason = str(gone.get("constraint", "")).replace("_", " ")
        look.quiet(f"Out: {shown.get(name, name)} ({reason}).")


def _break_even(run: runs.Run, money: Mapping[str, Cost], setting: whatif.Setting) -> None:
    """Monthly cost over the volume, one line per variant."""
    st.subheader("Cost a month, by volume")
    shown = look.labels(run.variants)
    names = [n for n, one in money.items() if one.monthly(1, 1) is not None]
    if not names:
        look.quiet("No prices, so no cost.")
        return
    colours = {shown[n]: c for n, c in look.colours(names).items()}
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
    look.say(
        f"At {wording.count(setting.queries_per_month)} questions and "
        f"{look.updates(setting.updates_per_month)} a month, {shown[here[0]]} costs least "
        f"({wording.money(amounts[0], currency)}) and {shown[here[-1]]} most "
        f"({wording.money(amounts[-1], currency)})."
    )
    look.legend(colours.items())
    marker = [{"x": setting.queries_per_month, "note": "your volume"}]
    picture = charts.lines(
        rows, "Questions a month", f"Cost a month ({currency})", colours, log_x=True, log_y=True,
        marks_at=marker,
    )  # fmt: skip
    look.chart(picture, "Monthly cost of each variant over the number of questions")
    look.quiet("Both axes grow by factors of ten. One-off costs are spread over twelve months.")
    for line in _crossings(money, setting, shown):
        look.text(f"• {line}", "")


def _crossings(
    money: Mapping[str, Cost], setting: whatif.Setting, shown: Mapping[str, str]
) -> list[str]:
    """Where one variant's month becomes cheaper than another's."""
    found = []
    for first, second in combinations(money, 2):
        at = break_even_queries(money[first], money[second], setting.updates_per_month)
        if at is not None and 10 <= at.at <= 1e9:
            side = "above" if at.above else "below"
            span = ""
            if at.low is not None and at.high is not None:
                span = f" [{wording.count(at.low)} to {wording.count(at.high)}]"
            found.append(
                f"{shown.get(first, first)} costs less than {shown.get(second, second)} {side} "
                f"{wording.count(at.at)}{span} questions a month."
            )
    return found


def _map(run: runs.Run, verdict: Mapping[str, Any]) -> None:
    """Who wins at which volume and how often the text changes."""
    st.subheader("Who wins where")
    grid = runs.mapping(verdict.get("map"))
    if not grid:
        look.quiet("Without costs the winner is the same at every volume.")
        return
    shown = look.labels(run.variants)
    rows = [
        {
            "x": wording.count(q),
            "y": wording.rate(u),
            "what": shown.get(name, "none is allowed") if name else "none is allowed",
            "tip": shown.get(name, "none is allowed") if name else "none is allowed",
        }
        for u, line in zip(grid["updates_per_month"], grid["winner"], strict=True)
        for q, name in zip(grid["queries_per_month"], line, strict=True)
    ]
    present = list(dict.fromkeys(name for line in grid["winner"] for name in line if name))
    scheme = {shown.get(n, n): c for n, c in look.colours(present).items()}
    if any(row["what"] == "none is allowed" for row in rows):
        scheme["none is allowed"] = "#bbbbbb"
    if len(scheme) == 1:
        look.say(f"{next(iter(scheme))} wins at every volume and rate of change on this map.")
    else:
        look.say(f"The winner changes over the map: {', '.join(scheme)}.")
    ups = [wording.rate(u) for u in reversed(grid["updates_per_month"])]
    look.legend(scheme.items())
    picture = charts.heat(rows, "Questions a month", "Updates a month", scheme, up_order=ups)
    look.chart(picture, "Winner by questions a month and updates a month")
    look.quiet("By the point rule: of all within your margin of the best, the cheapest.")


def _table(run: runs.Run, verdict: Mapping[str, Any], money: Mapping[str, Cost]) -> None:
    """What each variant costs under this setting."""
    shown, colours = look.labels(run.variants), look.colours(list(money))
    rows = [
        [
            look.dot(colours[name], shown[name]),
            wording.money(one.fixed, one.currency),
            wording.money(one.per_1000, one.currency),
            wording.money(one.per_update, one.currency),
            wording.money(one.per_month, one.currency),
            wording.money(one.per_1000_correct, one.currency),
        ]
        for name, one in money.items()
    ]
    heads = ["Variant", "Once", "Per 1,000", "Per update", "Per month", "Per 1,000 correct"]
    look.table("Cost of each variant under this setting", heads, rows)
    listed = [{"variant": n, **{k: getattr(o, k) for k in o.__slots__}} for n, o in money.items()]
    look.csv_button(f"{run.id}-what-if", listed, "csv_what_if")
