"""The findings' pictures as Altair specifications; ``shown`` are the names of all variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.views import charts
from workbench.findings.pictures import (
    Confusion,
    Curves,
    Decline,
    Dots,
    Gaps,
    Picture,
    Reliability,
    WinnerGrid,
)


def decline(picture: Decline, shown: Mapping[str, str]) -> alt.LayerChart:
    """A falling line in its band, over further questions."""
    colour = components.colours(shown).get(picture.name, components.ORACLE)
    rows = [
        {"questions": step.at, "points": 100 * step.value, "low": 100 * step.low,
         "high": 100 * step.high, "shown": step.shown}
        for step in picture.steps
    ]  # fmt: skip
    base = alt.Chart(charts.frame(rows))
    under = "".join(f"datum.value == {step.at} ? '{step.under}' : " for step in picture.steps)
    x = alt.X(
        "questions:Q",
        title=picture.across,
        # Errors shrink with the square root of the questions.
        scale=alt.Scale(type="sqrt", domain=[0, 1.15 * max(step.at for step in picture.steps)]),
        axis=alt.Axis(
            values=[step.at for step in picture.steps], labelExpr=f"{under}''", grid=False
        ),
    )
    y = alt.Y("points:Q", title=picture.up, axis=alt.Axis(tickCount=4), scale=alt.Scale(zero=True))
    band = base.mark_area(color=colour, opacity=0.18).encode(
        x=x, y=alt.Y("low:Q", title=picture.up), y2="high:Q"
    )
    line = base.mark_line(color=colour, strokeWidth=2.5).encode(x=x, y=y)
    point = base.mark_point(color=colour, filled=True, size=70, opacity=1).encode(x=x, y=y)
    name = base.mark_text(
        align="left", dx=6, dy=-9, fontSize=12, fontWeight="bold", color=charts.ink()
    )
    return alt.layer(band, line, point, name.encode(x=x, y=y, text="shown:N")).properties(
        height=220
    )


def dots(picture: Dots, shown: Mapping[str, str]) -> alt.LayerChart:
    """One dot with its interval per variant, in rows, in points."""
    order = [row.label for row in picture.rows]
    names = [row.name for row in picture.rows]
    rows = [
        {"label": row.label, "value": 100 * row.value,
         "low": 100 * (row.value if row.low is None else row.low),
         "high": 100 * (row.value if row.high is None else row.high),
         "tip": f"{wording.points(row.value)} {wording.interval(row.low, row.high)}, n = {row.n}"}
        for row in picture.rows if row.value is not None
    ]  # fmt: skip
    y = alt.Y(
        "label:N", sort=order, title=None, axis=charts.beside(), scale=alt.Scale(domain=order)
    )
    bounds, title = alt.Scale(domain=[0, 100], clamp=True), f"{picture.title}, points"
    x = alt.X("value:Q", title="points", scale=bounds)
    colour = alt.Color("label:N", scale=charts.scale(names, shown), legend=None)
    base = alt.Chart(charts.frame(rows))
    rule = base.mark_rule(strokeWidth=2.5).encode(
        y=y, x=alt.X("low:Q", scale=bounds, title="points"), x2="high:Q", color=colour
    )
    point = base.mark_point(filled=True, size=95, opacity=1).encode(
        y=y,
        x=x,
        color=colour,
        shape=alt.Shape("label:N", scale=charts.marks(names, shown), legend=None),
        tooltip=[alt.Tooltip("label:N", title="Variant"), alt.Tooltip("tip:N", title=title)],
    )
    return alt.layer(rule, point).properties(height=26 * len(names) + 46)


def gaps(picture: Gaps, shown: Mapping[str, str]) -> alt.LayerChart:
    """Differences around zero, with the margin shaded."""
    rows = [
        {"pair": row.label, "value": 100 * row.value, "low": 100 * row.low,
         "high": 100 * row.high, "clear": row.clear,
         "tip": f"{wording.difference(row.value)} points "
         f"{wording.interval(row.low, row.high, signed=True)}"}
        for row in picture.rows
    ]  # fmt: skip
    return charts.differences(rows, f"{picture.title} (points)", 100 * float(picture.margin))


def curves(picture: Curves, shown: Mapping[str, str]) -> alt.Chart:
    """One line a variant, in points and per cent."""
    names = [line.name for line in picture.lines]
    points = [
        {"label": line.label, "across": 100 * across, "up": 100 * up, "tip": wording.share(sure)}
        for line in picture.lines for across, up, sure in line.points
    ]  # fmt: skip
    full = alt.Scale(domain=[0, 100])
    return (
        alt.Chart(charts.frame(points))
        .mark_line(strokeWidth=2.5, point={"size": 14, "filled": True})
        .encode(
            x=alt.X("across:Q", title=picture.across, scale=full),
            y=alt.Y("up:Q", title=picture.up, scale=full),
            # The legend is in HTML above the chart: inside, it would take the chart's own height.
            color=alt.Color("label:N", scale=charts.scale(names, shown), legend=None),
            strokeDash=alt.StrokeDash("label:N", legend=None),
            tooltip=[
                alt.Tooltip("label:N", title="Variant"),
                alt.Tooltip("across:Q", title=picture.across, format=".0f"),
                alt.Tooltip("up:Q", title=picture.up, format=".1f"),
                alt.Tooltip("tip:N", title="At least so sure"),
            ],
        )
        .properties(height=260)
    )


def grid(picture: WinnerGrid, shown: Mapping[str, str]) -> alt.Chart:
    """Who wins at each volume and rate of updates."""
    labels = dict(picture.labels)
    rows = [
        {"x": wording.count(q), "y": wording.rate(u), "what": labels[name], "tip": labels[name]}
        for u, line in zip(picture.updates, picture.cells, strict=True)
        for q, name in zip(picture.queries, line, strict=True)
    ]  # fmt: skip
    ups = [wording.rate(u) for u in reversed(picture.updates)]
    scheme = dict(keys(picture, shown))
    return charts.heat(rows, picture.across, picture.up, scheme, up_order=ups)


def confusion(picture: Confusion, shown: Mapping[str, str]) -> alt.LayerChart:
    """A square map: the darker, the more of a row's messages; the numbers stand in the cells."""
    rows = [
        {"true": row, "named": column, "times": times, "share": share,
         "tip": f"{times} ({wording.share(share)})", "right": row == column}
        for row, line, part in zip(picture.rows, picture.counts, picture.shares, strict=True)
        for column, times, share in zip(picture.columns, line, part, strict=True)
    ]  # fmt: skip
    base = alt.Chart(charts.frame(rows)).encode(
        x=alt.X("named:N", title=picture.across, sort=list(picture.columns),
                axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("true:N", title=picture.up, sort=list(picture.rows)),
        tooltip=[alt.Tooltip("true:N", title=picture.up),
                 alt.Tooltip("named:N", title=picture.across),
                 alt.Tooltip("tip:N", title="messages")],
    )  # fmt: skip
    shade = alt.Scale(domain=[0, 1], range=["#f2f0ea", "#0b4f7d"])
    cells = base.mark_rect().encode(color=alt.Color("share:Q", scale=shade, legend=None))
    dark = alt.condition("datum.share > 0.45", alt.value("#ffffff"), alt.value("#1d1d1b"))
    numbers = base.mark_text(fontSize=12).encode(text="times:Q", color=dark)
    return alt.layer(cells, numbers).properties(height=34 * len(picture.rows) + 96)


def reliability(picture: Reliability, shown: Mapping[str, str]) -> alt.LayerChart:
    """A line with points for each variant, and the diagonal on which both agree."""
    names = [line.name for line in picture.lines]
    rows = [
        {"label": line.label, "sure": 100 * sure, "right": 100 * right, "n": n}
        for line in picture.lines for sure, right, n in line.points
    ]  # fmt: skip
    full = alt.Scale(domain=[0, 100])
    ends = charts.frame([{"sure": 0, "right": 0}, {"sure": 100, "right": 100}])
    x = alt.X("sure:Q", title=picture.across, scale=full)
    y = alt.Y("right:Q", title=picture.up, scale=full)
    diagonal = alt.Chart(ends).mark_line(color="#8f8f8f", strokeDash=[4, 4]).encode(x=x, y=y)
    colour = alt.Color("label:N", scale=charts.scale(names, shown), legend=None)
    base = alt.Chart(charts.frame(rows)).encode(x=x, y=y, color=colour)
    points = base.mark_point(filled=True, opacity=0.9).encode(
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[20, 260])),
        shape=alt.Shape("label:N", scale=charts.marks(names, shown), legend=None),
        tooltip=[alt.Tooltip("label:N", title="Variant"),
                 alt.Tooltip("sure:Q", title=picture.across, format=".0f"),
                 alt.Tooltip("right:Q", title=picture.up, format=".0f"),
                 alt.Tooltip("n:Q", title="answers")],
    )  # fmt: skip
    return alt.layer(diagonal, base.mark_line(strokeWidth=1.5), points).properties(height=300)


def keys(picture: Picture, shown: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the colours of a picture mean, where its rows do not say so."""
    known = {**components.colours(shown), "": "#bbbbbb"}
    if isinstance(picture, WinnerGrid):
        there = {name for line in picture.cells for name in line}
        return [(label, known[name]) for name, label in picture.labels if name in there]
    return [(line.label, known[line.name]) for line in picture.lines] if isinstance(
        picture, Curves | Reliability) else []  # fmt: skip


#: How each kind of picture is drawn; what is not here stands in a table beside it.
DRAWN: dict[type, Callable[[Any, Mapping[str, str]], alt.Chart | alt.LayerChart]] = {
    Dots: dots,
    Gaps: gaps,
    Decline: decline,
    Curves: curves,
    WinnerGrid: grid,
    Confusion: confusion,
    Reliability: reliability,
}
#: What is seen, for those who do not see it.
SEEN: dict[type, str] = {
    Dots: "one dot per variant with its interval",
    Gaps: "one difference per row with its interval",
    Decline: "a falling line in its band",
    Curves: "one line per variant",
    WinnerGrid: "a map of the winners",
    Confusion: "a map of labels, row by row what each is taken for",
    Reliability: "one line per variant beside the diagonal",
}
