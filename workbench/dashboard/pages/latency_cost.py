"""Latency and cost: distributions, percentiles with their caveat, and cost by cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from workbench import wording
from workbench.costing import monthly_causes
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished, records
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import charts, sentences
from workbench.records.variants import CostRow, Times
from workbench.report.priced import machines_note

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
    components.say(sentences.latency(run.variants))
    _distribution(run, records(run), shown)
    _times(run, shown)
    st.header("What an answer costs")
    components.say(sentences.cost(run.variants))
    _causes(run, shown)
    _money(run, shown)
    components.page_link("what_if", "With your own volume and prices", run.id)


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


def _times(run: runs.Snapshot, shown: Mapping[str, str]) -> None:
    colours = components.colours(shown)
    rows, listed = [], []
    for row in run.variants:
        times = row.latency
        first, whole, token = times.first_token_s, times.total_s, times.per_token_s
        search = times.retrieval_s.p50 or None
        cells = (first.p50, first.p90, whole.p50, whole.p90, token.p50, search)
        rows.append([
            components.dot(colours[row.name], shown[row.name]),
            *map(wording.seconds, cells), str(times.n),
        ])  # fmt: skip
        listed.append({
            "variant": row.name,
            **{f"{p}_{w}": getattr(getattr(times, p), w)
               for p in PARTS for w in ("p50", "p90", "mean")},
            "n": times.n,
        })  # fmt: skip
    heads = ["Variant", "First token p50", "First token p90", "Answer p50", "Answer p90",
             "Each further token p50", "Retrieval p50", "Clocked"]  # fmt: skip
    components.table("Single-stream times: one question at a time, warm", heads, rows)
    components.csv_button(f"{run.id}-latency", listed, "csv_latency")
    fewest = min((row.latency.n for row in run.variants if row.latency.n), default=0)
    machine = run.manifest.hardware.cpu or "this machine"
    caveat = (
        f"Measured on {machine}. From {fewest} questions a p90 rests on the slowest "
        f"{max(1, fewest // 10)}: take it as an indication."
        if fewest < 100
        else f"Measured on {machine}, {fewest} questions per variant."
    )
    components.quiet(
        caveat + " On other hardware only the order carries over, not the milliseconds."
    )


BY_CAUSE = tuple(zip(wording.COST_CAUSES.values(), (*components.CAUSES, "#2f6f8f"), strict=True))
# Runs from before costs were split by cause know only when they are paid.
WHEN = (
    ("Answering", components.CAUSES[0]),
    ("Updates of the text", components.CAUSES[1]),
    ("Machine kept on", components.CAUSES[2]),
    ("Set-up, spread over 12 months", components.CAUSES[3]),
)


def _causes(run: runs.Snapshot, shown: Mapping[str, str]) -> None:
    """A month's cost split by what it is paid for."""
    verdict = run.verdict
    work = runs.mapping(run.specification.get("workload"))
    queries = float(verdict.queries_per_month or work.get("queries_per_month") or 0)
    updates = float(verdict.updates_per_month or work.get("updates_per_month") or 0)
    rows, order, currency = [], [], "USD"
    split = any(row.cost and row.cost.causes for row in run.variants)
    parts = BY_CAUSE if split else WHEN
    for row in run.variants:
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
    components.quiet(
        f"At {wording.count(queries)} questions and {components.updates(updates)} of the text a "
        "month, with the price book's prices. An update pays for a new index or a new tuning; "
        "what is paid once is spread over 12 months."
    )
    if machines := machines_note(run.variants):
        components.quiet(machines)
    share = run.results.building.train_share if run.results.building else None
    if share is not None:
        components.quiet(
            f"Of the writing of the questions, the training set's {wording.share(share)} is "
            "counted to the variants that need it; the rest is the exam's, which no variant pays."
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


def _money(run: runs.Snapshot, shown: Mapping[str, str]) -> None:
    colours = components.colours(shown)
    rows: list[Sequence[str]] = []
    listed = []
    for row in run.variants:
        cost, tokens = row.cost, row.tokens
        if cost is None:
            continue
        amounts = (cost.fixed, cost.per_update, cost.per_1000, cost.per_1000_correct,
                   cost.per_month)  # fmt: skip
        rows.append([
            components.dot(colours[row.name], shown[row.name]),
            *(wording.money(amount, cost.currency) for amount in amounts),
            f"{wording.count(tokens.input)} / {wording.plain(tokens.output)}",
        ])  # fmt: skip
        listed.append({"variant": row.name, **flat(cost.record())})
    if not rows:
        return
    heads = ["Variant", "Once", "Per update of the text", "Per 1,000 questions",
             "Per 1,000 correct answers", "Per month", "Tokens in / out per question"]  # fmt: skip
    components.table("Cost of each variant", heads, rows)
    components.csv_button(f"{run.id}-cost", listed, "csv_cost")
    prices = run.results.prices
    if prices:
        source = f", {prices.machine_source}" if prices.machine_source else ""
        hourly = wording.money(prices.machine_per_hour, prices.currency)
        components.quiet(f"Price book of {prices.dated}: one machine hour {hourly}{source}.")
