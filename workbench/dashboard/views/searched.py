"""Searched settings on the Training page: parallel coordinates, the trials, what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.views import charts, findings
from workbench.findings import View, section
from workbench.findings.trained import settings
from workbench.records.trials import TrialRow, TuningSearch

HEIGHT, WIDTH = 260, 130
ENDS = (0.04, 0.96)  # of an axis's height: a mark at its very end would be cut


def draw(run: runs.Snapshot) -> None:
    """Nothing for a run in which nothing was searched."""
    found = run.results.tuning_search
    if not found:
        return
    view = View(run.results)
    said = section(run.results, "tuning_search")
    findings.draw(view, said, run.id, fold=wording.say("settings_tried"))
    for item in found:
        names = ", ".join(wording.label(name) for name in item.variants)
        rows, marks = parallel(item)
        if len({row["axis"] for row in rows}) > 1:
            components.chart(_chart(rows, marks), f"Settings tried for {names}, and their scores")
            components.quiet(wording.say("axis_parallel"))


def parallel(item: TuningSearch) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(the points of each line, the labels of the axes): every axis from 0 to 1, bottom to top."""
    scored = [row for row in item.tried if row.value is not None]
    axes = [key for key in item.keys if len({_value(row, key) for row in scored}) > 1]
    lines: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    for place, key in enumerate([*axes, ""]):
        title = key.rpartition(".")[2] if key else wording.metric_label(item.metric)
        axis = f"{place} {title}"
        heights = _heights([_value(row, key) for row in scored if _value(row, key) is not None])
        marks += [{"axis": axis, "height": height, "label": _shown(value, key)}
                  for value, height in heights.items()]  # fmt: skip
        for number, row in enumerate(scored):
            value = _value(row, key)
            if value is None:
                continue
            lines.append({
                "axis": axis, "height": heights[value], "trial": row.number, "best": number == 0,
                "score": 100 * float(row.value or 0), "tip": settings(item, row),
                "shown": wording.points(row.value),
            })  # fmt: skip
    return lines, marks


def _value(row: TrialRow, key: str) -> Any:
    if not key:
        return row.value
    return row.learning_rate if key == "learning_rate" else row.settings.get(key)


def _heights(values: Sequence[Any]) -> dict[Any, float]:
    """Where each value lies on its axis: numbers in order, in proportion where they are many."""
    low, high = ENDS
    known = sorted(set(values), key=lambda v: (isinstance(v, str), v))
    if len(known) > 6 and all(isinstance(v, int | float) for v in known):
        span = known[-1] - known[0]
        return {v: low + (high - low) * (v - known[0]) / span for v in known}
    return {v: low + (high - low) * at / max(1, len(known) - 1) for at, v in enumerate(known)}


def _shown(value: Any, key: str) -> str:
    if not key:
        return wording.points(value)
    return (
        wording.method_label(value)
        if key == "method"
        else (f"{value:.3g}" if isinstance(value, float) else str(value))
    )


def _chart(rows: Sequence[dict[str, Any]], marks: Sequence[dict[str, Any]]) -> alt.LayerChart:
    axes = list(dict.fromkeys(row["axis"] for row in rows))
    x = alt.X("axis:N", sort=axes, title=None, scale=alt.Scale(padding=0.4), axis=alt.Axis(
        labelExpr="slice(datum.label, indexof(datum.label, ' ') + 1)", labelAngle=0, grid=True,
        labelColor=charts.ink(), labelLimit=WIDTH, domain=False, ticks=False,
    ))  # fmt: skip
    y = alt.Y("height:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart(charts.frame(rows))
    tip = [alt.Tooltip("tip:N", title="Setting"), alt.Tooltip("shown:N", title="On dev")]
    line = base.mark_line(strokeWidth=1.6).encode(
        x=x, y=y, detail="trial:N", tooltip=tip,
        color=alt.condition("datum.best", alt.value(components.CLEAR),
                            alt.value(components.UNCLEAR)),
        opacity=alt.condition("datum.best", alt.value(1.0), alt.value(0.55)),
        strokeWidth=alt.condition("datum.best", alt.value(3.2), alt.value(1.4)),
    )  # fmt: skip
    point = base.mark_point(filled=True, size=46, opacity=1).encode(
        x=x, y=y, tooltip=tip,
        color=alt.condition("datum.best", alt.value(components.CLEAR),
                            alt.value(components.UNCLEAR)),
    )  # fmt: skip
    few = _apart(marks)
    label = alt.Chart(charts.frame(few)).mark_text(align="left", dx=8, fontSize=11,
                                                   color=charts.ink())  # fmt: skip
    return alt.layer(line, point, label.encode(x=x, y=y, text="label:N")).properties(height=HEIGHT)


def _apart(marks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The labels of an axis that do not run into each other: the ends, and what lies between."""
    kept: list[dict[str, Any]] = []
    for axis in dict.fromkeys(mark["axis"] for mark in marks):
        own = sorted((m for m in marks if m["axis"] == axis), key=lambda mark: mark["height"])
        last = own[-1]
        chosen = [own[0]]
        for mark in own[1:-1]:
            if min(mark["height"] - chosen[-1]["height"], last["height"] - mark["height"]) > 0.06:
                chosen.append(mark)
        kept += [*chosen, last] if len(own) > 1 else chosen
    return kept
