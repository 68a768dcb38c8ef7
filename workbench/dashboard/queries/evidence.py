"""The evidence behind a verdict, as pictures and tables: one function per question asked of it."""

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
from workbench.types import STRATA

Row = Mapping[str, Any]
EFFECTS = {
    "main_tuning": "Tuning, on average",
    "main_retrieval": "Retrieval, on average",
    "interaction": "Interaction",
}


@dataclass(frozen=True)
class View:
    """What every picture of a finished run needs."""

    run: runs.Run
    rows: Sequence[Row]
    shown: Mapping[str, str]
    comparisons: Sequence[Row]
    metric: str

    @classmethod
    def of(cls, run: runs.Run) -> View:
        """The view of a run with results."""
        listed = [c for c in run.results.get("comparisons") or () if isinstance(c, Mapping)]
        return cls(run, run.variants, components.labels(run.variants), listed, run.metric)

    @property
    def names(self) -> list[str]:
        """The variants in the run's order."""
        return [str(row["name"]) for row in self.rows]

    @property
    def title(self) -> str:
        """The decisive metric with its unit."""
        return f"{wording.metric_label(self.metric)} (points)"

    @property
    def front(self) -> str:
        """The variant to adopt, or the one in front."""
        verdict = self.run.verdict
        lead = sentences.best(self.rows, self.metric) or {}
        return str(verdict.get("variant") or verdict.get("leader") or lead.get("name") or "")

    def estimate(self, row: Row, *path: str) -> dict[str, Any]:
        """The estimate of the decisive metric under ``path``, or an empty one."""
        value: Any = row
        for key in path:
            value = runs.mapping(value).get(key)
        return runs.mapping(runs.mapping(value).get(self.metric))


def number(row: Mapping[str, Any], *path: str) -> float | None:
    value: Any = row
    for key in path:
        value = runs.mapping(value).get(key)
    return float(value) if isinstance(value, int | float) else None


def trade(view: View) -> None:
    """Two pictures: quality against p90, and against cost per 1,000 questions."""
    left, right = st.columns(2, gap="large")
    with left:
        _trade_one(view, "Time to the whole answer, p90 (ms)", ("latency", "total_s", "p90"))
    with right:
        _trade_one(view, "Cost per 1,000 questions ({})", ("cost", "per_1000"))
    components.quiet(
        "Up and to the left is better. Vertical bars are 95% intervals; the dashed line joins the "
        "variants that no other beats on both counts. The oracle is handed the evidence: a "
        "ceiling, not a candidate."
    )


def _trade_one(view: View, across: str, path: tuple[str, ...]) -> None:
    """One picture of quality against what lies at ``path`` (seconds or money)."""
    timed = path[0] == "latency"
    short = components.short_labels(view.rows)
    points, currency = [], "USD"
    for row in view.rows:
        name, x = str(row["name"]), number(row, *path)
        result = charts.estimate_row(view.shown[name], view.estimate(row, "metrics"), view.metric)
        if x is None or result is None:
            continue
        currency = str(runs.mapping(row.get("cost")).get("currency") or currency)
        points.append(
            {
                **result,
                "x": 1000 * x if timed else x,
                "y": result["value"],
                "takes": wording.seconds(x) if timed else wording.money(x, currency),
                "short": short[name],
                "ceiling": bool(row.get("is_ceiling")),
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
    present = [s for s in STRATA if any(view.estimate(r, "strata", s) for r in view.rows)]
    heads = [
        "Variant",
        f"{wording.metric_label(view.metric)}, points <small>[95%]</small>",
        *(wording.STRATUM_LABELS[s] for s in present),
        *("First token p50", "Answer p90", "Per 1,000", "Per 1,000 correct", "Words"),
    ]
    cells, classes, records = [], [], []
    for row in view.rows:
        name = str(row["name"])
        currency = str(runs.mapping(row.get("cost")).get("currency") or "USD")
        cells.append(
            [
                components.dot(colours[name], view.shown[name]),
                components.figure(view.estimate(row, "metrics"), view.metric),
                *(wording.points(sentences.value(row, view.metric, s)) for s in present),
                wording.seconds(number(row, "latency", "first_token_s", "p50")),
                wording.seconds(number(row, "latency", "total_s", "p90")),
                wording.money(number(row, "cost", "per_1000"), currency),
                wording.money(number(row, "cost", "per_1000_correct"), currency),
                wording.plain(number(row, "answer_words")),
            ]
        )
        chosen = "best" if name == view.run.verdict.get("variant") else ""
        classes.append("apart" if row.get("is_ceiling") else chosen)
        records.append({"variant": name, "label": view.shown[name], **_flat(row, view.metric)})
    adopted = "bold is the one to adopt, " if "best" in classes else ""
    components.table(f"The variants; {adopted}italic the ceiling", heads, cells, classes)
    components.csv_button(f"{view.run.id}-variants", records, "csv_variants")


def _flat(row: Row, decisive: str) -> dict[str, Any]:
    """Every figure of a variant in one line, for CSV."""
    result: dict[str, Any] = {}
    for metric, estimate in runs.mapping(row.get("metrics")).items():
        for key in ("value", "low", "high", "n", "missing"):
            result[f"{metric}_{key}"] = runs.mapping(estimate).get(key)
    slices = {**runs.mapping(row.get("strata")), **runs.mapping(row.get("kinds"))}
    for part, metrics in {**slices, "gold": row.get("gold")}.items():
        estimate = runs.mapping(runs.mapping(metrics).get(decisive))
        for key in ("value", "low", "high", "n"):
            result[f"{part}_{decisive}_{key}"] = estimate.get(key)
    for name, times in runs.mapping(row.get("latency")).items():
        if isinstance(times, Mapping):
            result.update({f"{name}_{p}": times.get(p) for p in ("p50", "p90")})
    for key, value in runs.mapping(row.get("cost")).items():
        if not isinstance(value, dict | list):
            result[f"cost_{key}"] = value
    return result


def _bar(row: Row, pair: str, metric: str) -> dict[str, Any] | None:
    """A comparison or effect as a row of :func:`charts.differences`; None without interval."""
    if None in (row.get("difference"), row.get("low"), row.get("high")):
        return None
    return {
        "pair": pair,
        "value": 100 * row["difference"],
        "low": 100 * row["low"],
        "high": 100 * row["high"],
        "clear": sentences.clear(row),
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
        other = str(row["name"])
        matches = sentences.between(view.comparisons, view.front, other, view.metric)
        line = _bar(matches, f"against {short[other]}", view.metric) if matches else None
        if line:
            lines.append(line)
            (apart if line["clear"] else unclear).append(view.shown[other])
    if not lines:
        components.quiet("No comparisons were recorded in this run.")
        return
    if not unclear:
        components.say(f"{lead} differs from every other candidate by more than luck explains.")
    else:
        rest = f" From {', '.join(apart)} it can." if apart else ""
        components.say(
            f"{lead} can't be told from {', '.join(unclear)}: the interval holds zero.{rest}"
        )
    margin = _margin(view.run)
    title = f"{short.get(view.front, lead)} minus the other (points)"
    picture = charts.differences(lines, title, 100 * margin)
    alt = f"{view.title}: differences of {lead} to each other variant with 95% intervals"
    components.chart(picture, alt)
    components.quiet(
        "Paired by question, intervals clustered by section. The shaded band is your margin of "
        f"{wording.whole_points(margin)} points: what lies inside it does not matter to you."
    )
    with st.expander("Every comparison"):
        _comparisons(view)


def _comparisons(view: View) -> None:
    """All comparisons of the decisive metric as a table, and of every metric as CSV."""

    def shown(row: Row, key: str) -> str:
        name = str(row.get(key))
        return view.shown.get(name, name)

    rows = [
        [
            escape(f"{shown(row, 'variant')} − {shown(row, 'baseline')}"),
            wording.STRATUM_LABELS.get(str(row.get("stratum")), "workload mix"),
            sentences.gap(row, view.metric),
            wording.p_value(row.get("p_holm", row.get("p"))),
            str(row.get("n", "")),
        ]
        for row in view.comparisons
        if row.get("metric") == view.metric
    ]
    heads = ["Pair", "Stratum", "Difference [95%]", "p", "Questions"]
    components.table("Differences; p adjusted for many comparisons (Holm)", heads, rows, words=(0,))
    components.csv_button(f"{view.run.id}-comparisons", view.comparisons, "csv_comparisons")


def _margin(run: runs.Run) -> float:
    for source in (run.results, runs.mapping(run.specification.get("decision"))):
        if isinstance(source.get("margin"), int | float):
            return float(source["margin"])
    return 0.03


def cells(view: View) -> None:
    """The 2x2 of each tuning and its interaction."""
    record = runs.mapping(view.run.results.get("interaction"))
    others = record.get("others") or []
    present = False
    for place, item in enumerate(map(runs.mapping, [record, *others])):
        names = recorded_cells(item, view.rows)
        if names and all(name in view.names for name in names):
            present = True
            _two_by_two(view, item, names, f"-{place}" if place else "")
    if not present:
        components.quiet(
            "This run lacks one of the four cells {base, tuned} × {no retrieval, retrieval}."
        )


def _two_by_two(view: View, record: Row, names: Sequence[str], ending: str) -> None:
    """One 2x2; the names are base, base with retrieval, tuned, tuned with retrieval."""
    by_name = {str(row["name"]): row for row in view.rows}
    several = view.run.results["interaction"].get("others") if record else None
    tuned = view.shown[names[2]] if several else "Fine-tuned"
    sentence = sentences.interaction(record, view.metric)
    components.say(f"{tuned}: {sentence}" if several else sentence)
    colours = components.colours(view.names)

    def cell(name: str) -> str:
        estimate = view.estimate(by_name[name], "metrics")
        return components.dot(colours[name], "") + components.figure(estimate, view.metric)

    shown = [cell(name) for name in names]
    components.table(
        f"{wording.metric_label(view.metric)} in points, with 95% intervals",
        ["", "No retrieval", "With retrieval"],
        [["Base model", *shown[:2]], [escape(tuned), *shown[2:]]],
    )
    listed = [{"cell": name, **view.estimate(by_name[name], "metrics")} for name in names]
    listed += [{"cell": key, **runs.mapping(record.get(key))} for key in EFFECTS]
    components.csv_button(f"{view.run.id}-two-by-two{ending}", listed, f"csv_cells{ending}")
    matches = [
        _bar(runs.mapping(record.get(key)), title, view.metric) for key, title in EFFECTS.items()
    ]
    effects = [line for line in matches if line]
    if effects:
        components.chart(
            charts.differences(effects, "Effect (points)", 0.0),
            "Effect of tuning, of retrieval, and their interaction, with 95% intervals",
            f"two_by_two{ending}",
        )
