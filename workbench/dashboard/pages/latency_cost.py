"""Latency and cost: distributions, percentiles with their caveat, and cost by cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from workbench import findings, wording
from workbench.costing import monthly_causes
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished, records
from workbench.dashboard.queries import runs, what_if
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import charts, paying
from workbench.dashboard.views.findings import draw, notes, say, table
from workbench.errors import WorkbenchError
from workbench.findings import priced
from workbench.records.results import Results
from workbench.records.variants import CostRow, Times

PARTS = {
    "total_s": "Whole answer",
    "first_token_s": "First token",
    "retrieval_s": "Retrieval",
    "per_token_s": "Each further token",
}


def page() -> None:
    """Draw times and money of the chosen run."""
    run = current_run()
    st.title("Latency and cost")
    if not finished(run):
        return
    shown = components.labels(run.variants)
    st.header("How long an answer takes")
    known = findings.View(run.results)
    times = priced.latency(known)
    say(times.statements)
    _distribution(run, records(run), shown)
    draw(known, replace(times, statements=()), run.id, head=False, csv=_percentiles(run))
    machine = run.manifest.hardware.cpu or "this machine"
    components.quiet(
        f"Measured on {machine}. On other hardware only the order carries over, not the "
        "milliseconds."
    )
    st.header("What it costs")
    _money(run, _paid(run), shown)


def _paid(run: runs.Snapshot) -> findings.View:
    """The results under the way of paying that is chosen here; the run's own at first."""
    try:
        known = paying.evidence(run)
    except WorkbenchError:
        return findings.View(run.results)
    start = what_if.declared(known)
    paying.start_from(run, paying.own_values(start.paying), "latency_cost")
    with st.container(border=True):
        chosen = paying.controls(start.paying)
    if chosen == start.paying:
        return findings.View(run.results)
    setting = replace(start, paying=chosen)
    return findings.View(
        what_if.repriced(run, known, setting, *what_if.decide_again(known, setting))
    )


def _money(run: runs.Snapshot, known: findings.View, shown: Mapping[str, str]) -> None:
    """What a month costs, all that this rests on, and where it turns round."""
    front = priced.cost_page(known)
    say(front.statements)
    if not front:
        components.quiet("No prices, so no cost: name a price book in the experiment.")
        return
    _causes(run, known, shown)
    cost = priced.cost(known)
    causes, meetings, _, winners = cost.parts
    notes(causes.notes)
    say(cost.statements)
    for item in cost.tables:
        table(known, item, cost.title, run.id, _listed(known.results))
    draw(known, meetings, run.id)
    draw(known, winners, run.id)
    components.page_link("what_if", "With another volume, mix and limits", run.id)


def _distribution(run: runs.Snapshot, opened: Records, shown: Mapping[str, str]) -> None:
    """Every timed question as a tick, with p50 and p90."""
    # Clicking the chosen one off gives None.
    part = st.segmented_control(
        "Which time", list(PARTS), default="total_s", format_func=PARTS.__getitem__,
        label_visibility="collapsed",
    ) or "total_s"  # fmt: skip
    # ``part`` is a key of PARTS, never text from outside.
    ticks = opened.rows(
        f"SELECT variant, {part} AS value FROM latency WHERE {part} IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY variant ORDER BY question) <= 200"
    )
    names = [row.name for row in run.variants]
    rows = [
        {
            "label": shown[t["variant"]],
            "value": 1000 * t["value"],
            "kind": "one question",
            "tip": "",
        }
        for t in ticks
        if t["variant"] in shown
    ]
    for row in run.variants:
        times: Times = getattr(row.latency, part)
        for which, seconds in (("p50", times.p50), ("p90", times.p90)):
            if seconds is not None:
                rows.append({
                    "label": shown[row.name], "value": 1000 * seconds,
                    "kind": which, "tip": f"{which} {wording.seconds(seconds)}",
                })  # fmt: skip
    if not rows:
        components.quiet("Not measured in this run.")
        return
    components.quiet("Ticks: single questions. Circle: p50, half are quicker. Diamond: p90.")
    components.chart(
        charts.spread(rows, names, shown, f"{PARTS[part]} (ms)"),
        f"{PARTS[part]} of each variant: one tick per question, p50 and p90 marked",
    )


def _percentiles(run: runs.Snapshot) -> list[dict[str, Any]]:
    """Every percentile of every part of the time, for CSV."""
    return [
        {"variant": row.name,
         **{f"{p}_{w}": getattr(getattr(row.latency, p), w)
            for p in PARTS for w in ("p50", "p90", "mean")},
         "n": row.latency.n}
        for row in run.variants
    ]  # fmt: skip


BY_CAUSE = tuple(zip(wording.COST_CAUSES.values(), (*components.CAUSES, "#2f6f8f"), strict=True))
# Runs from before costs were split by cause know only when they are paid.
WHEN = (
    ("Answering", components.CAUSES[0]),
    ("Updates of the text", components.CAUSES[1]),
    ("Machine kept on", components.CAUSES[2]),
    ("Set-up, spread over 12 months", components.CAUSES[3]),
)


def _causes(run: runs.Snapshot, known: findings.View, shown: Mapping[str, str]) -> None:
    """A month's cost split by what it is paid for."""
    verdict = known.verdict
    work = runs.mapping(run.specification.get("workload"))
    queries = float(verdict.queries_per_month or work.get("queries_per_month") or 0)
    updates = float(verdict.updates_per_month or work.get("updates_per_month") or 0)
    rows, order, currency = [], [], "USD"
    split = any(row.cost and row.cost.causes for row in known.rows)
    parts = BY_CAUSE if split else WHEN
    for row in known.rows:
        cost = row.cost or CostRow()
        amounts = _by_cause(cost, queries, updates) if split else _by_time(cost, queries, updates)
        if all(amount is None for amount in amounts):
            continue
        currency = cost.currency
        order.append(shown[row.name])
        for place, ((title, _), amount) in enumerate(zip(parts, amounts, strict=True)):
            if amount:
                rows.append({"label": order[-1], "part": title, "value": amount, "place": place,
                             "tip": wording.money(amount, currency)})  # fmt: skip
    if not rows:
        components.quiet("No prices, so no cost: name a price book in the experiment.")
        return
    used = [(t, c) for t, c in parts if any(row["part"] == t for row in rows)]
    components.legend(used)
    components.chart(
        charts.bars(rows, f"Cost a month ({currency})", used, order),
        "Monthly cost of each variant by cause",
    )


def _by_time(cost: CostRow, queries: float, updates: float) -> list[float | None]:
    """A month's money by when it is paid, in the order of :data:`WHEN`."""
    return [
        None if amount is None else float(amount) * factor
        for amount, factor in ((cost.per_question, queries), (cost.per_update, updates),
                               (cost.standing, 1.0), (cost.fixed, 1 / 12))
    ]  # fmt: skip


def _by_cause(cost: CostRow, queries: float, updates: float) -> list[float | None]:
    """A month's money by what is paid for, in the order of :data:`BY_CAUSE`."""
    if not cost.causes:
        return [None] * len(BY_CAUSE)
    result = monthly_causes(cost.causes, queries, updates)
    return [result.get(name) for name in wording.COST_CAUSES]


def flat(cost: Mapping[str, Any]) -> dict[str, Any]:
    """A cost as one row: each cause's parts become columns of their own."""
    result = {key: value for key, value in cost.items() if key not in ("causes", "machines")}
    result |= {f"machine_{key}": amount for key, amount in (cost.get("machines") or {}).items()}
    for cause, parts in (cost.get("causes") or {}).items():
        result |= {f"{cause}_{key}": amount for key, amount in parts.items()}
    return result


def _listed(results: Results) -> list[dict[str, Any]]:
    """Every part of every cost, for CSV."""
    return [
        {"variant": row.name, **flat(row.cost.record())} for row in results.variants if row.cost
    ]
