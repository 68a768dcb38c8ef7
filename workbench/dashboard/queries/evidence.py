"""The evidence behind a verdict, as pictures and tables: one function per question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.views import charts, sentences
from workbench.experiment.variant import recorded_cells
from workbench.records.record import Number
from workbench.records.results import Interaction
from workbench.records.variants import Comparison, CostRow, Effect, Estimate, VariantRow
from workbench.types import STRATA


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
        lead = sentences.best(self.rows, self.metric)
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
    """Two pictures: quality against p90, and against cost per 1,000 questions."""
    left, right = st.columns(2, gap="large")
    with left:
        _trade_one(view, "Time to the whole answer, p90 (ms)", timed=True)
    with right:
        _trade_one(view, "Cost per 1,000 questions ({})", timed=False)
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
        x = row.latency.total_s.p90 if timed else cost.per_1000
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


def variants(view: View) -> None:
    """The table of variants, and its figures as CSV."""
    colours = components.colours(view.names)
    present = [s for s in STRATA if any(view.metric in row.strata.get(s, {}) for row in view.rows)]
    gold = any(view.metric in row.gold for row in view.rows)
    heads = [
        "Variant",
        f"{wording.metric_label(view.metric)}, points <small>[95%]</small>",
        *(wording.STRATUM_LABELS[s] for s in present),
        *["Gold"] * gold,
        *("First token p50", "Answer p90", "Per 1,000", "Per 1,000 correct", "Words"),
    ]
    cells, classes, records = [], [], []
    for row in view.rows:
        cost, times = row.cost or CostRow(), row.latency
        cells.append(
            [
                components.dot(colours[row.name], view.shown[row.name]),
                components.figure(view.estimate(row), view.metric),
                *(wording.points(row.value(view.metric, s)) for s in present),
                *[wording.points(view.estimate(row, "gold").value)] * gold,
                wording.seconds(times.first_token_s.p50),
                wording.seconds(times.total_s.p90),
                wording.money(cost.per_1000, cost.currency),
                wording.money(cost.per_1000_correct, cost.currency),
                wording.plain(row.answer_words),
            ]
        )
        chosen = "best" if row.name == view.run.verdict.variant else ""
        classes.append("apart" if row.is_ceiling else chosen)
        label = view.shown[row.name]
        records.append({"variant": row.name, "label": label, **_flat(row, view.metric)})
    adopted = "bold is the one to adopt, " if "best" in classes else ""
    apart = "; Gold: the questions written by hand" if gold else ""
    components.table(f"The variants; {adopted}italic the ceiling{apart}", heads, cells, classes)
    components.csv_button(f"{view.run.id}-variants", records, "csv_variants")


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
        "tip": sentences.gap(row, metric),
    }


def differences(view: View) -> None:
    """The variant in front against every other candidate."""
    lead = view.shown.get(view.front, view.front)
    short = components.short_labels(view.rows)
    lines: list[dict[str, Any]] = []
    apart: list[str] = []
    unclear: list[str] = []
    for row in sentences.candidates(view.rows):
        other = row.name
        matches = view.between(view.front, other, view.metric)
        line = bar(matches, f"against {short[other]}", view.metric) if matches else None
        if line:
            lines.append(line)
            (apart if line["clear"] else unclear).append(view.shown[other])
    if not lines:
        components.quiet("No comparisons were recorded in this run.")
        return
    if not unclear:
        components.say(f"{lead} differs from every other candidate by more than luck explains.")
    else:
        rest = f" It is set apart from {', '.join(apart)}: by more than luck." if apart else ""
        components.say(
            f"{lead} can't be told from {', '.join(unclear)}: the interval holds zero.{rest}"
        )
    band = margin(view.run)
    title = f"{short.get(view.front, lead)} minus the other (points)"
    picture = charts.differences(lines, title, 100 * band)
    alt = f"{view.title}: differences of {lead} to each other variant with 95% intervals"
    components.chart(picture, alt)
    components.quiet(
        "Paired by question, intervals clustered by section. The shaded band is your margin of "
        f"{wording.whole_points(band)} points: what lies inside it does not matter to you."
    )
    with st.expander("Every comparison"):
        _comparisons(view)


def _comparisons(view: View) -> None:
    """All comparisons of the decisive metric as a table, and of every metric as CSV."""

    def shown(name: str) -> str:
        return view.shown.get(name, name)

    comparisons = view.run.results.comparisons
    rows = [
        [
            escape(f"{shown(row.variant)} − {shown(row.baseline)}"),
            wording.STRATUM_LABELS.get(str(row.stratum), "workload mix"),
            sentences.gap(row, view.metric),
            wording.p_value(row.p),
            str(row.n),
        ]
        for row in comparisons
        if row.metric == view.metric
    ]
    heads = ["Pair", "Stratum", "Difference [95%]", "p", "Questions"]
    components.table("Differences; p adjusted for many comparisons (Holm)", heads, rows, words=(0,))
    components.csv_button(
        f"{view.run.id}-comparisons", [row.record() for row in comparisons], "csv_comparisons"
    )


def margin(run: runs.Snapshot) -> Number:
    """The smallest gain that matters to the user."""
    declared = runs.mapping(run.specification.get("decision")).get("margin")
    # Results without a margin have the default in its place; the declared one is meant.
    if "margin" not in run.results.model_fields_set and isinstance(declared, int | float):
        return declared
    return run.results.margin


def cells(view: View) -> None:
    """The 2x2 of each tuning and its interaction."""
    record = view.run.results.interaction or Interaction()
    present = False
    for place, item in enumerate((record, *record.others)):
        names = recorded_cells(item.cells, view.run.factors)
        if names and all(name in view.names for name in names):
            present = True
            title = view.shown[names[2]] if record.others else ""
            _two_by_two(view, item, names, title, f"-{place}" if place else "")
    if not present:
        components.quiet(
            "This run lacks one of the four cells {base, tuned} × {no retrieval, retrieval}."
        )


def _two_by_two(
    view: View, record: Interaction, names: Sequence[str], title: str, ending: str
) -> None:
    """One 2x2; the names are base, base with retrieval, tuned, tuned with retrieval."""
    by_name = {row.name: row for row in view.rows}
    sentence = sentences.interaction(record, view.metric)
    components.say(f"{title}: {sentence}" if title else sentence)
    colours = components.colours(view.names)

    def cell(name: str) -> str:
        estimate = view.estimate(by_name[name])
        return components.dot(colours[name], "") + components.figure(estimate, view.metric)

    shown = [cell(name) for name in names]
    components.table(
        f"{wording.metric_label(view.metric)} in points, with 95% intervals",
        ["", "No retrieval", "With retrieval"],
        [["Base model", *shown[:2]], [escape(title or "Fine-tuned"), *shown[2:]]],
    )
    listed = [{"cell": name, **view.estimate(by_name[name]).record()} for name in names]
    listed += [{"cell": key, **effect.record()} for key, effect in record.effects.items()]
    components.csv_button(f"{view.run.id}-two-by-two{ending}", listed, f"csv_cells{ending}")
    effects = [
        line
        for key, effect in record.effects.items()
        if (line := bar(effect, wording.LANGUAGES["en"][key], view.metric))
    ]
    if effects:
        components.chart(
            charts.differences(effects, "Effect (points)", 0.0),
            "Effect of tuning, of retrieval, and their interaction, with 95% intervals",
            f"two_by_two{ending}",
        )
    for words in record.statements[2:]:
        components.quiet(wording.text(words))
