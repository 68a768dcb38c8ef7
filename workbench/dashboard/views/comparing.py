"""Runs side by side: verdicts, settings, differences, figures, and one experiment over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs, settings
from workbench.dashboard.views import charts
from workbench.findings import View
from workbench.findings.assumed import basis
from workbench.records.variants import CostRow, Estimate


def titled(run: runs.Snapshot) -> str:
    """A run's name for the head of a column: short, and unlike any other's."""
    return f"{escape(run.name)}<br><small>{escape(run.created)}<br>{escape(run.id[-8:])}</small>"


def verdicts(chosen: Sequence[runs.Snapshot]) -> None:
    """What each run concluded."""
    for run in chosen:
        shown = components.labels(run.variants)
        front = run.verdict.variant or run.verdict.leader or ""
        colour = components.colours(shown).get(front, components.ORACLE)
        asked = wording.counted(run.results.questions.written, "exam question")
        st.html(
            f'<div class="wb wb-verdict" style="--wb:{escape(colour)}">'
            f'<p class="wb-head">{escape(run.name)} <span class="wb-quiet">'
            f"{escape(' · '.join((run.created, run.id, asked)))}</span></p>"
            f"<p>{escape(run.verdict.sentence or 'No verdict.')}</p></div>"
        )
        components.page_link("verdict", components.markdown(f"Verdict of {run.id}"), run.id)


def differing(chosen: Sequence[runs.Snapshot]) -> None:
    """The settings in which the runs differ, and no others."""
    every = settings.differing(chosen)
    values = {key: shown for key, shown in every.items() if settings.UNSET not in shown}
    own = settings.only_in_some(chosen)
    theirs = tuple(f"variants.{name}." for name in own)
    unknown = [key for key in every if key not in values and not key.startswith(theirs)]
    number = len(values)
    if not values:
        components.say(
            "All settings that these runs share are the same: what differs is chance, or the "
            "version of the workbench."
        )
    else:
        components.say(
            f"{wording.counted(number, 'setting')} {'differs' if number == 1 else 'differ'}."
        )
        rows = [[escape(key), *map(_setting, shown)] for key, shown in values.items()]
        heads = ["Setting", *map(titled, chosen)]
        components.table("Settings that differ", heads, rows, words=range(len(heads)))
    if own:
        listed_own = "; ".join(
            f"{wording.label(name)} ({', '.join(run.id[-8:] for run in held)})"
            for name, held in own.items()
        )
        components.quiet(f"Variants that not all of these runs have: {listed_own}.")
    if unknown:
        components.quiet(
            "Not held against each other, since one run's version does not have them: "
            f"{', '.join(unknown)}."
        )
    listed = [
        {"setting": key, **{run.id: value for run, value in zip(chosen, shown, strict=True)}}
        for key, shown in every.items()
    ]
    components.csv_button("settings-that-differ", listed, "csv_settings")


def _setting(value: str) -> str:
    """A setting's value as HTML; a hash by its beginning."""
    is_hash = len(value) >= 32 and set(value) <= set("0123456789abcdef")
    return escape(f"{value[:8]}…" if is_hash else components.clip(value, 120))


def changes(found: Mapping[str, Any], later: runs.Snapshot, margin: float) -> None:
    """The paired differences of one later run to the first, variant by variant."""
    components.say(str(found["sentence"]))
    lines = [
        {
            "pair": row["label"],
            "value": 100 * row["difference"],
            "low": 100 * row["low"],
            "high": 100 * row["high"],
            "clear": row["real"],
            "tip": row["sentence"],
        }
        for row in found["variants"]
        if row["difference"] is not None and row["low"] is not None
    ]
    if lines:
        title = f"{wording.metric_label(found['metric'])}: later minus earlier (points)"
        components.chart(charts.differences(lines, title, 100 * margin),
                         f"{title} of each variant with 95% intervals",
                         f"changes_{later.id}")  # fmt: skip
    for row in found["variants"]:
        paired = str(row["method"]).startswith("paired")
        how = (
            wording.counted(row["n"], "shared question") if paired else
            f"too few shared questions, so two exams of {row['n_before']} and {row['n_after']}"
        )  # fmt: skip
        components.text(f"• {row['sentence']} ({how})", "")
    if lines:
        components.quiet(
            "Coloured is what luck does not explain among all variants looked at; grey is what it "
            "may. The shaded band is the first run's margin."
        )
    # Times and costs stand in the table of figures.
    for fact in (fact for fact in found["facts"] if "." not in fact["what"]):
        components.text(f"• {fact['sentence']}", "")
    components.csv_button(f"{later.id}-changes", found["variants"], f"csv_changes_{later.id}")


def figures(chosen: Sequence[runs.Snapshot]) -> None:
    """Quality, time and cost of every variant in every run."""
    shown = names(chosen)
    colours = components.colours(shown)
    heads = ["Variant and run", "Points [95%]", "Answer p90", "Running, per 1,000 questions",
             "Per month"]  # fmt: skip
    rows, listed = [], []
    for name, label in shown.items():
        for run in chosen:
            row = next((row for row in run.variants if row.name == name), None)
            if row is None:
                continue
            estimate, cost = row.metrics.get(run.metric) or Estimate(), row.cost or CostRow()
            which = f"<br><small>{escape(run.created)} · {escape(run.id[-8:])}</small>"
            rows.append(
                [components.dot(colours[name], label) + which,
                 components.figure(estimate, run.metric), wording.seconds(row.latency.total_s.p90),
                 wording.money(cost.per_1000, cost.currency),
                 wording.money(cost.per_month, cost.currency)]
            )  # fmt: skip
            listed.append(
                {"variant": name, "run": run.id, "metric": run.metric, **estimate.record(),
                 "p90_s": row.latency.total_s.p90, "per_1000": cost.per_1000,
                 "per_month": cost.per_month, "currency": cost.currency}
            )  # fmt: skip
    components.table("Each variant in each run", heads, rows)
    for run in chosen:
        if rests := basis(View(run.results)):
            components.quiet(f"{run.created} · {run.id[-8:]}: {rests}")
    components.csv_button("runs-side-by-side", listed, "csv_side_by_side")


def names(chosen: Sequence[runs.Snapshot]) -> dict[str, str]:
    """Every variant of any of the runs, with its display name."""
    return {
        name: label for run in chosen for name, label in components.labels(run.variants).items()
    }


def history(family: Sequence[runs.Snapshot]) -> None:
    """The decisive metric of every variant over the runs of one experiment."""
    shown = names(family)
    metric = wording.metric_label(family[0].metric)
    points = []
    for run in family:
        for row in run.variants:
            line = charts.estimate_row(
                shown[row.name], row.metrics.get(run.metric) or Estimate(), run.metric
            )
            if line:
                # Two runs may begin within one minute.
                points.append({**line, "run": f"{run.created}|{run.id[-8:]}"})
    if not points:
        return
    components.say(_trend(family, shown))
    picture = _over_time(points, list(shown), shown, f"{metric} (points)")
    colours = components.colours(shown)
    components.legend([(label, colours[name]) for name, label in shown.items()])
    components.chart(picture, f"{metric} of each variant by run, with 95% intervals")
    components.quiet(
        "Each run writes its exam anew unless text and settings are the same, so a small step "
        "between two runs may be the questions alone: hold intervals against each other here, and "
        "read the paired differences above."
    )


def _trend(family: Sequence[runs.Snapshot], shown: Mapping[str, str]) -> str:
    """Where the variant in front stood in the first run and stands in the last."""
    first, last = family[0], family[-1]
    front = last.verdict.variant or last.verdict.leader or ""
    values = [
        row.value(run.metric) for run in (first, last) for row in run.variants if row.name == front
    ]
    if len(values) < 2 or None in values:
        return f"{len(family)} runs of this experiment."
    return (
        f"{len(family)} runs of this experiment: {shown[front]}, in front in the last, went from "
        f"{wording.points(values[0])} to {wording.points(values[1])} points."
    )


def _over_time(
    rows: Sequence[Mapping[str, Any]], variants: Sequence[str], shown: Mapping[str, str], title: str
) -> alt.LayerChart:
    """A mark with its interval per variant and run, the runs in order of their date."""
    order = list(dict.fromkeys(row["run"] for row in rows))
    x = alt.X("run:N", sort=order, title="Run (date, time in UTC, id)", axis=alt.Axis(
        labelAngle=0, labelExpr="[split(split(datum.value, '|')[0], ' ')[0], "
        "split(split(datum.value, '|')[0], ' ')[1], split(datum.value, '|')[1]]",
        labelOverlap=False))  # fmt: skip
    # Side by side, since intervals drawn over each other cannot be told apart.
    beside = alt.XOffset("label:N", sort=[shown[name] for name in variants])
    bounds = alt.Scale(domain=[0, 100])
    colour = alt.Color("label:N", scale=charts.scale(variants, shown), legend=None)
    base = alt.Chart(charts.frame(rows))
    rule = base.mark_rule(strokeWidth=2.5).encode(
        x=x, xOffset=beside, y=alt.Y("low:Q", title=title, scale=bounds), y2="high:Q", color=colour
    )
    point = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=x,
        xOffset=beside,
        y=alt.Y("value:Q", title=title, scale=bounds),
        color=colour,
        shape=alt.Shape("label:N", scale=charts.marks(variants, shown), legend=None),
        tooltip=[alt.Tooltip("label:N", title="Variant"), alt.Tooltip("tip:N", title=title)],
    )
    return alt.layer(rule, point).properties(height=320)
