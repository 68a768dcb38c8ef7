"""The charts: Altair specifications from plain rows, in points, seconds and money.

A variant keeps its colour and its mark on every chart; every estimate is drawn with its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from workbench import wording
from workbench.dashboard import components
from workbench.records.variants import Estimate

Row = Mapping[str, Any]
BAND = 34


def ink() -> str:
    """Colour of lettering on the page."""
    return "#e6e6e6" if components.dark() else "#31333f"


def scale(names: Sequence[str], shown: Mapping[str, str]) -> alt.Scale:
    """Colours of the variants, by display name; ``shown`` are all variants of the run."""
    matches = components.colours(shown)
    return alt.Scale(domain=[shown[n] for n in names], range=[matches[n] for n in names])


def marks(names: Sequence[str], shown: Mapping[str, str]) -> alt.Scale:
    """Shapes of the variants: colour never carries the meaning alone."""
    matches = wording.shapes(shown)
    return alt.Scale(domain=[shown[n] for n in names], range=[matches[n] for n in names])


def beside() -> alt.Axis:
    """The axis of names: all written, none cut."""
    return alt.Axis(
        labelLimit=230,
        labelOverlap=False,
        labelFlush=False,
        labelBaseline="middle",
        ticks=False,
        domain=False,
        labelColor=ink(),
    )


def frame(rows: Sequence[Row]) -> alt.Data:
    """Rows as inline data."""
    return alt.Data(values=[dict(row) for row in rows])


def trade(
    rows: Sequence[Row], names: Sequence[str], shown: Mapping[str, str], across: str, up: str
) -> alt.LayerChart:
    """Quality against what it takes: interval bars, names beside the points, the front as a line.

    ``rows`` have ``label``, ``x``, ``y``, ``low``, ``high`` (points), ``front`` and ``tip``.
    """
    most = max(row["x"] for row in rows) or 1.0
    # Room on the right for the name beside the farthest mark.
    x = alt.X("x:Q", title=across, scale=alt.Scale(domain=[0, most * 1.3], nice=False))
    y = alt.Y("y:Q", title=up, scale=alt.Scale(domain=[0, 100]))
    colour = alt.Color("label:N", scale=scale(names, shown), legend=None)
    tip = [
        alt.Tooltip("label:N", title="Variant"),
        alt.Tooltip("tip:N", title=up),
        alt.Tooltip("takes:N", title=across),
    ]
    base = alt.Chart(frame(rows))
    front = (
        base.transform_filter("datum.front")
        .mark_line(strokeDash=[5, 4], strokeWidth=1.5, color="#8f8f8f", opacity=0.8)
        .encode(x=x, y=y, order=alt.Order("x:Q"))
    )
    rule = base.mark_rule(strokeWidth=2.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour)
    point = base.mark_point(filled=True, size=130, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape("label:N", scale=marks(names, shown), legend=None),
        tooltip=tip,
    )
    # The same title as the points: layers with different ones are labelled with both.
    name = base.mark_text(align="left", dx=10, fontSize=12, color=ink()).encode(
        x=x, y=alt.Y("at:Q", title=up), text="short:N"
    )
    return alt.layer(front, rule, point, name).properties(height=340)


def spread_names(points: Sequence[Row]) -> list[float]:
    """Where to write each name (points of quality), so that near marks do not share a line."""
    # Names nearer than this across, and than 7 points up, would run into each other.
    wide = 0.3 * (max(point["x"] for point in points) or 1.0)
    placed: dict[int, float] = {}
    for at in sorted(range(len(points)), key=lambda at: -points[at]["y"]):
        height = min(float(points[at]["y"]) + 2.5, 97.0)
        near = [
            y for other, y in placed.items() if abs(points[other]["x"] - points[at]["x"]) < wide
        ]
        while any(abs(height - y) < 7 for y in near):
            height -= 1
        placed[at] = height
    return [placed[at] for at in range(len(points))]


def differences(rows: Sequence[Row], title: str, margin: float) -> alt.LayerChart:
    """Differences in points with intervals, zero drawn, the margin shaded.

    ``rows`` have ``pair``, ``value``, ``low``, ``high``, ``tip`` and ``clear`` (excludes zero).
    """
    order = [row["pair"] for row in rows]
    y = alt.Y("pair:N", sort=order, title=None, axis=beside())
    base = alt.Chart(frame(rows))
    band = (
        alt.Chart(frame([{"from": -margin, "to": margin}]))
        .mark_rect(opacity=0.16, color="#8f8f8f")
        .encode(x="from:Q", x2="to:Q")
    )
    zero = alt.Chart(frame([{"at": 0}])).mark_rule(color="#8f8f8f").encode(x="at:Q")
    colour = alt.condition(
        "datum.clear", alt.value(components.CLEAR), alt.value(components.UNCLEAR)
    )
    rule = base.mark_rule(strokeWidth=2.5).encode(
        y=y, x=alt.X("low:Q", title=title), x2="high:Q", color=colour
    )
    point = base.mark_point(filled=True, size=95, opacity=1).encode(
        y=y,
        x=alt.X("value:Q", title=title),
        color=colour,
        tooltip=[alt.Tooltip("pair:N", title="Pair"), alt.Tooltip("tip:N", title="Difference")],
    )
    return alt.layer(band, zero, rule, point).properties(height=34 * len(rows) + 56)


def bars(
    rows: Sequence[Row],
    title: str,
    parts: Sequence[tuple[str, str]],
    order: Sequence[str],
    form: str | None = None,
) -> alt.Chart:
    """Stacked bars: rows: ``label``, ``part``, ``value``, ``tip``; ``parts`` their colours."""
    return (
        alt.Chart(frame(rows))
        .mark_bar(height={"band": 0.7})
        .encode(
            y=alt.Y("label:N", sort=list(order), title=None, axis=beside()),
            x=alt.X("value:Q", title=title, axis=alt.Axis(format=form) if form else alt.Axis()),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=[p for p, _ in parts], range=[c for _, c in parts]),
                legend=None,
            ),
            order=alt.Order("place:O"),
            tooltip=[
                alt.Tooltip("label:N", title="Variant"),
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("tip:N", title=title),
            ],
        )
        .properties(height=BAND * len(order) + 60)
    )


def lines(
    rows: Sequence[Row],
    across: str,
    up: str,
    colours: Mapping[str, str],
    log_x: bool = False,
    dashed: Sequence[str] = (),
    log_y: bool = False,
    marks_at: Sequence[Row] = (),
    notes_below: bool = False,
) -> alt.LayerChart:
    """Curves: ``rows`` have ``x``, ``y``, ``curve``; ``marks_at`` have ``x`` and ``note``."""
    names = list(dict.fromkeys(row["curve"] for row in rows))
    picture = (
        alt.Chart(frame(rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X(
                "x:Q", title=across, scale=alt.Scale(type="log" if log_x else "linear", nice=False)
            ),
            y=alt.Y("y:Q", title=up, scale=alt.Scale(type="log" if log_y else "linear")),
            color=alt.Color(
                "curve:N",
                scale=alt.Scale(domain=names, range=[colours.get(n, "#8f8f8f") for n in names]),
                legend=None,
            ),
            strokeDash=alt.condition(
                alt.FieldOneOfPredicate("curve", list(dashed)), alt.value([5, 4]), alt.value([1, 0])
            ),
            tooltip=[
                "curve:N",
                alt.Tooltip("x:Q", title=across, format=",.4~g"),
                alt.Tooltip("y:Q", title=up, format=",.4~g"),
            ],
        )
    )
    layers: list[Any] = [picture]
    if marks_at:
        base = alt.Chart(frame(marks_at))
        layers.append(base.mark_rule(strokeDash=[3, 3], color="#8f8f8f").encode(x="x:Q"))
        layers.append(
            base.mark_text(
                align="left",
                dx=5,
                color=ink(),
                **({"y": "height", "dy": -10} if notes_below else {"y": 10}),
            ).encode(x="x:Q", text="note:N")
        )
    return alt.layer(*layers).properties(height=320)


def spread(
    rows: Sequence[Row], names: Sequence[str], shown: Mapping[str, str], title: str
) -> alt.LayerChart:
    """Each measured time a tick, p50 and p90 as marks; rows: ``label``, ``value``, ``kind``."""
    order = [shown[n] for n in names]
    y = alt.Y("label:N", sort=order, title=None, axis=beside())
    most = max(row["value"] for row in rows)
    x = alt.X("value:Q", title=title, scale=alt.Scale(domain=[0, 1.06 * most], nice=False))
    colour = alt.Color("label:N", scale=scale(names, shown), legend=None)
    base = alt.Chart(frame(rows))
    tick = (
        base.transform_filter("datum.kind === 'one question'")
        .mark_tick(thickness=1.5, height=16, opacity=0.45)
        .encode(x=x, y=y, color=colour)
    )
    point = (
        base.transform_filter("datum.kind !== 'one question'")
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=x,
            y=y,
            color=colour,
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=["p50", "p90"], range=["circle", "diamond"]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("label:N", title="Variant"),
                alt.Tooltip("kind:N", title="Which"),
                alt.Tooltip("tip:N", title=title),
            ],
        )
    )
    return alt.layer(tick, point).properties(height=BAND * len(names) + 20)


def heat(
    rows: Sequence[Row],
    across: str,
    up: str,
    scheme: Mapping[str, str],
    up_order: Sequence[str] | None = None,
    height: int = 260,
) -> alt.Chart:
    """A map of cells: rows have ``x``, ``y``, ``what``, ``tip``; ``scheme`` colours ``what``."""
    sides = alt.Axis(labelAngle=0, labelOverlap=True, ticks=False)
    # Only powers of ten are written below: every volume would be too many.
    round_ones = [row["x"] for row in rows if set(str(row["x"]).replace(",", "")) <= {"0", "1"}]
    below = alt.Axis(labelAngle=0, ticks=False, values=list(dict.fromkeys(round_ones)) or None)
    return (
        alt.Chart(frame(rows))
        .mark_rect()
        .encode(
            x=alt.X("x:O", title=across, sort=None, axis=below),
            y=alt.Y("y:O", title=up, sort=list(up_order) if up_order else None, axis=sides),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=list(scheme), range=list(scheme.values())),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("x:O", title=across),
                alt.Tooltip("y:O", title=up),
                alt.Tooltip("tip:N", title="Here"),
            ],
        )
        .properties(height=height)
    )


def estimate_row(label: str, estimate: Estimate, metric: str) -> dict[str, Any] | None:
    """A row for :func:`dots` from an estimate, scaled to what is displayed; None if it is empty."""
    value = estimate.value
    if value is None:
        return None
    factor = 100 if wording.is_share(metric) else 1
    low, high = estimate.low, estimate.high
    shown = wording.points(value) if factor == 100 else wording.plain(value)
    return {
        "label": label,
        "value": value * factor,
        "low": (value if low is None else low) * factor,
        "high": (value if high is None else high) * factor,
        "tip": f"{shown} {wording.interval(low, high, metric)}, n = {estimate.n}",
    }
