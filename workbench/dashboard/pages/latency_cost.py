"""Latency and cost: distributions, percentiles with their caveat, and cost by cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from workbench import wording
from workbench.costing import monthly_causes
from workbench.dashboard import charts, look, runs, sentences
from workbench.dashboard.app import current_run, finished, records
from workbench.dashboard.records import Records

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
    shown = look.labels(run.variants)
    st.header("How long an answer takes")
    look.say(sentences.latency(run.variants))
    _distribution(run, records(run), shown)
    _times(run, shown)
    st.header("What an answer costs")
    look.say(sentences.cost(run.variants))
    _causes(run, shown)
    _money(run, shown)
    look.page_link("what_if", "With your own volume and prices", run.id)


def _distribution(run: runs.Run, opened: Records, shown: Mapping[str, str]) -> None:
    """Every clocked question as a tick, with p50 and p90."""
    part = st.segmented_control(
        "Which time", list(PARTS), default="total_s", format_func=PARTS.__getitem__,
        label_visibility="collapsed",
    ) or "total_s"  # fmt: skip
    ticks = opened.rows(
        f"SELECT variant, {part} AS value FROM latency WHERE {part} IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY variant ORDER BY question) <= 200"
    )
    names = [str(row["name"]) for row in run.variants]
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
        figures = runs.mapping(runs.mapping(row.get("latency")).get(part))
        for which in ("p50", "p90"):
            if isinstance(figures.get(which), int | float):
                rows.append({
                    "label": shown[str(row["name"])], "value": 1000 * figures[which],
                    "kind": which, "tip": f"{which} {wording.seconds(figures[which])}",
                })  # fmt: skip
    if not rows:
        look.quiet("Not measured in this run.")
        return
    look.quiet("Ticks: single questions. Circle: p50, half are quicker. Diamond: p90.")
    look.chart(
        charts.spread(rows, names, shown, f"{PARTS[part]} (ms)"),
        f"{PARTS[part]} of each variant: one tick per question, p50 and p90 marked",
    )


def _times(run: runs.Run, shown: Mapping[str, str]) -> None:
    colours = look.colours(shown)
    rows, listed = [], []
    for row in run.variants:
        times = runs.mapping(row.get("latency"))

        def at(part: str, which: str, times: Mapping[str, Any] = times) -> float | None:
            value = runs.mapping(times.get(part)).get(which)
            return float(value) if isinstance(value, int | float) else None

        rows.append([
            look.dot(colours[str(row["name"])], shown[str(row["name"])]),
            *(wording.seconds(at(part, which)) for part in ("first_token_s", "total_s")
              for which in ("p50", "p90")),
            wording.seconds(at("per_token_s", "p50")),
            wording.seconds(at("retrieval_s", "p50") or None),
            str(times.get("n", wording.NONE)),
        ])  # fmt: skip
        listed.append({
            "variant": row["name"],
            **{f"{p}_{w}": at(p, w) for p in PARTS for w in ("p50", "p90", "mean")},
            "n": times.get("n"),
        })  # fmt: skip
    heads = ["Variant", "First token p50", "First token p90", "Answer p50", "Answer p90",
             "Each further token p50", "Retrieval p50", "Clocked"]  # fmt: skip
    look.table("Single-stream times: one question at a time, warm", heads, rows)
    look.csv_button(f"{run.id}-latency", listed, "csv_latency")
    counts = [int(runs.mapping(r.get("latency")).get("n") or 0) for r in run.variants]
    fewest = min((n for n in counts if n), default=0)
    hardware = runs.mapping(run.manifest.get("hardware"))
    machine = str(hardware.get("cpu") or "this machine")
    caveat = (
        f"Measured on {machine}. From {fewest} questions a p90 rests on the slowest "
        f"{max(1, fewest // 10)}: take it as an indication."
        if fewest < 100
        else f"Measured on {machine}, {fewest} questions per variant."
    )
    look.quiet(caveat + " On other hardware only the order carries over, not the milliseconds.")


BY_CAUSE = tuple(zip(wording.COST_CAUSES.values(), (*look.CAUSES, "#2f6f8f"), strict=True))
# Runs from before costs were split by cause know only when they are paid.
WHEN = (
    ("Answering", look.CAUSES[0]),
    ("Updates of the text", look.CAUSES[1]),
    ("Machine kept on", look.CAUSES[2]),
    ("Set-up, spread over 12 months", look.CAUSES[3]),
)


def _causes(run: runs.Run, shown: Mapping[str, str]) -> None:
    """A month's cost split by what it is paid for."""
    verdict = run.verdict
    work = runs.mapping(run.specification.get("workload"))
    queries = float(verdict.get("queries_per_month") or work.get("queries_per_month") or 0)
    updates = float(verdict.get("updates_per_month") or work.get("updates_per_month") or 0)
    rows, order, currency = [], [], "USD"
    split = any(runs.mapping(row.get("cost")).get("causes") for row in run.variants)
    parts = BY_CAUSE if split else WHEN
    for row in run.variants:
        cost = runs.mapping(row.get("cost"))
        amounts = _by_cause(cost, queries, updates) if split else _by_time(cost, queries, updates)
        if all(amount is None for amount in amounts):
            continue
        currency = str(cost.get("currency") or currency)
        order.append(shown[str(row["name"])])
        for place, ((title, _), amount) in enumerate(zip(parts, amounts, strict=True)):
            if amount:
                rows.append({"label": order[-1], "part": title, "value": amount, "place": place,
                             "tip": wording.money(amount, currency)})  # fmt: skip
    if not rows:
        look.quiet("No prices, so no cost: name a price book in the experiment.")
        return
    used = [(t, c) for t, c in parts if any(row["part"] == t for row in rows)]
    look.legend(used)
    look.chart(
        charts.bars(rows, f"Cost a month ({currency})", used, order),
        "Monthly cost of each variant by cause",
    )
    look.quiet(
        f"At {wording.count(queries)} questions and {look.updates(updates)} of the text a "
        "month, with the price book's prices. An update pays for a new index or a new tuning; "
        "what is paid once is spread over 12 months."
    )
    share = runs.mapping(run.results.get("building")).get("drill_share")
    if isinstance(share, int | float):
        look.quiet(
            f"Of the writing of the questions, the drill's {wording.share(share)} is counted to "
            "the variants that need it; the rest is the exam's, which no variant pays."
        )


def _by_time(cost: Mapping[str, Any], queries: float, updates: float) -> list[float | None]:
    """A month's money by when it is paid, in the order of :data:`WHEN`."""
    return [
        _times_of(cost.get("per_question"), queries),
        _times_of(cost.get("per_update"), updates),
        _times_of(cost.get("standing"), 1.0),
        _times_of(cost.get("fixed"), 1 / 12),
    ]


def _by_cause(cost: Mapping[str, Any], queries: float, updates: float) -> list[float | None]:
    """A month's money by what is paid for, in the order of :data:`BY_CAUSE`."""
    causes = {name: runs.mapping(part) for name, part in runs.mapping(cost.get("causes")).items()}
    if not causes:
        return [None] * len(BY_CAUSE)
    result = monthly_causes(causes, queries, updates)
    return [result.get(name) for name in wording.COST_CAUSES]


def _times_of(value: Any, factor: float) -> float | None:
    return float(value) * factor if isinstance(value, int | float) else None


def flat(cost: Mapping[str, Any]) -> dict[str, Any]:
    """A cost as one row: each cause's parts become columns of their own."""
    result = {key: value for key, value in cost.items() if key != "causes"}
    for cause, parts in runs.mapping(cost.get("causes")).items():
        result |= {f"{cause}_{key}": amount for key, amount in runs.mapping(parts).items()}
    return result


def _money(run: runs.Run, shown: Mapping[str, str]) -> None:
    colours = look.colours(shown)
    rows: list[Sequence[str]] = []
    listed = []
    for row in run.variants:
        cost = runs.mapping(row.get("cost"))
        if not cost:
            continue
        currency = str(cost.get("currency") or "USD")
        tokens = runs.mapping(row.get("tokens"))
        keys = ("fixed", "per_update", "per_1000", "per_1000_correct", "per_month")
        rows.append([
            look.dot(colours[str(row["name"])], shown[str(row["name"])]),
            *(wording.money(cost.get(key), currency) for key in keys),
            f"{wording.count(tokens.get('input'))} / {wording.plain(tokens.get('output'))}",
        ])  # fmt: skip
        listed.append({"variant": row["name"], **flat(cost)})
    if not rows:
        return
    heads = ["Variant", "Once", "Per update", "Per 1,000", "Per 1,000 correct", "Per month",
             "Tokens in / out"]  # fmt: skip
    look.table("Cost of each variant", heads, rows)
    look.csv_button(f"{run.id}-cost", listed, "csv_cost")
    prices = runs.mapping(run.results.get("prices"))
    if prices:
        source = f", {prices['machine_source']}" if prices.get("machine_source") else ""
        hourly = wording.money(prices.get("machine_per_hour"), str(prices.get("currency", "USD")))
        look.quiet(f"Price book of {prices.get('dated')}: one machine hour {hourly}{source}.")
