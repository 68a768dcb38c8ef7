"""The evidence behind a verdict, as pictures and tables: one function per question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.views import charts
from workbench.findings import View as FindingsView
from workbench.findings.leading import best
from workbench.records.record import Number
from workbench.records.variants import Comparison, CostRow, Effect, Estimate, VariantRow


@dataclass(frozen=True)
class View:
    """What every picture of a finished run needs."""

    run: runs.Snapshot
    rows: Sequence[VariantRow]
    shown: Mapping[str, str]
    metric: str

    @classmethod
    def of(cls, run: runs.Snapshot) -> View:
        """The view of a run with results."""
        return cls(run, run.variants, components.labels(run.variants), run.metric)

    @property
    def names(self) -> list[str]:
        """The variants in the run's order."""
        return [row.name for row in self.rows]

    @property
    def title(self) -> str:
        """The decisive metric with its unit."""
        return f"{wording.metric_label(self.metric)} (points)"

    @property
    def front(self) -> str:
        """The variant to adopt, or the one in front."""
        verdict = self.run.verdict
        lead = best(FindingsView(self.run.results))
        return verdict.variant or verdict.leader or (lead.name if lead else "")

    def estimate(self, row: VariantRow, part: str = "metrics", cut: str | None = None) -> Estimate:
        """The estimate of the decisive metric in a part of a row, or an empty one."""
        metrics = getattr(row, part) if cut is None else getattr(row, part).get(cut, {})
        result: Estimate = metrics.get(self.metric) or Estimate()
        return result

    def between(self, first: str, second: str, metric: str) -> Comparison | None:
        """``first`` minus ``second`` over the whole mix."""
        return self.run.results.between(first, second, metric)


def trade(view: View) -> None:
    """Two pictures: quality against p90, and against the cost of a month."""
    left, right = st.columns(2, gap="large")
    with left:
        _trade_one(view, "Time to the whole answer, p90 (ms)", timed=True)
    with right:
        _trade_one(view, "Cost a month ({})", timed=False)
    components.quiet(
        "Up and to the left is better. Vertical bars are 95% intervals; the dashed line joins the "
        "variants that no other beats on both counts. The oracle is handed the evidence: a "
        "ceiling, not a candidate."
    )


def _trade_one(view: View, across: str, timed: bool) -> None:
    """One picture of quality against seconds or money."""
    short = components.short_labels(view.rows)
    points, currency = [], "USD"
    for row in view.rows:
        cost = row.cost or CostRow()
        x = row.latency.total_s.p90 if timed else cost.per_month
        result = charts.estimate_row(view.shown[row.name], view.estimate(row), view.metric)
        if x is None or result is None:
            continue
        currency = cost.currency if row.cost else currency
        points.append(
            {
                **result,
                "x": 1000 * x if timed else x,
                "y": result["value"],
                "takes": wording.seconds(x) if timed else wording.money(x, currency),
                "short": short[row.name],
                "ceiling": row.is_ceiling,
            }
        )
    if not points:
        components.quiet("Not measured in this run.")
        return
    kept = _front(points)
    for point, at in zip(points, charts.spread_names(points), strict=True):
        point["front"] = point["label"] in kept
        point["at"] = at
    across = across.format(currency)
    picture = charts.trade(points, view.names, view.shown, across, view.title)
    components.chart(picture, f"{view.title} against {across}, one mark per variant")


def _front(points: Sequence[Mapping[str, Any]]) -> set[str]:
    """Labels of candidates that nothing beats on both axes (less is better across, more is up)."""
    kept = set()
    for point in points:
        if point["ceiling"]:
            continue
        rivals = [other for other in points if not other["ceiling"]]
        beaten = any(
            (other["x"] <= point["x"] and other["y"] >= point["y"])
            and (other["x"] < point["x"] or other["y"] > point["y"])
            for other in rivals
        )
        if not beaten:
            kept.add(point["label"])
    return kept


def every_figure(view: View) -> list[dict[str, Any]]:
    """Every figure of every variant, for CSV."""
    return [
        {"variant": row.name, "label": view.shown[row.name], **_flat(row, view.metric)}
        for row in view.rows
    ]


def _flat(row: VariantRow, decisive: str) -> dict[str, Any]:
    """Every figure of a variant in one line, for CSV."""
    result: dict[str, Any] = {}
    for metric, estimate in row.metrics.items():
        result |= {f"{metric}_{key}": getattr(estimate, key)
                   for key in ("value", "low", "high", "n", "missing")}  # fmt: skip
    for part, metrics in {**row.strata, **row.kinds, "gold": row.gold}.items():
        estimate = metrics.get(decisive) or Estimate()
        result |= {f"{part}_{decisive}_{key}": getattr(estimate, key)
                   for key in ("value", "low", "high", "n")}  # fmt: skip
    for name, times in row.latency.record().items():
        if isinstance(times, Mapping):
            result |= {f"{name}_{p}": times.get(p) for p in ("p50", "p90")}
    cost = row.cost.record() if row.cost else {}
    return result | {f"cost_{k}": v for k, v in cost.items() if not isinstance(v, dict | list)}


def bar(row: Effect, pair: str, metric: str) -> dict[str, Any] | None:
    """A comparison or effect as a row of :func:`charts.differences`; None without interval."""
    if row.difference is None or row.low is None or row.high is None:
        return None
    return {
        "pair": pair,
        "value": 100 * row.difference,
        "low": 100 * row.low,
        "high": 100 * row.high,
        "clear": row.clear,
        "tip": gap(row, metric),
    }


def gap(row: Effect, metric: str) -> str:
    """``+12.3 points [8.0, 16.1]``."""
    unit = " points" if wording.is_share(metric) else ""
    shown = wording.difference if wording.is_share(metric) else wording.plain
    interval = wording.interval(row.low, row.high, metric, signed=True)
    return f"{shown(row.difference)}{unit} {interval}"


def margin(run: runs.Snapshot) -> Number:
    """The smallest gain that matters to the user."""
    declared = runs.mapping(run.specification.get("decision")).get("margin")
    # Results without a margin have the default in its place; the declared one is meant.
    if "margin" not in run.results.model_fields_set and isinstance(declared, int | float):
        return declared
    return run.results.margin
