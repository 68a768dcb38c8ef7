"""The pictures of the findings as inline SVG: sharp in print and readable on a phone.

Every chart has a fixed viewBox and scales with its column; text is real text. What is drawn is in
:mod:`workbench.findings.pictures`, colours come from :mod:`workbench.wording` alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from workbench import wording
from workbench.findings.pictures import (
    Confusion,
    Curves,
    Decline,
    Dots,
    Fall,
    Gaps,
    Levers,
    Picture,
    Reliability,
    WinnerGrid,
)

WIDTH = 680
INK, SOFT, RULE, BAND = "#1d1d1b", "#63625e", "#dddbd4", "#efede6"
Colours = Mapping[str, str]


def draw(picture: Picture, colours: Colours, front: bool = False) -> Markup:
    """A figure with its caption; nothing for what the page has in a table, but on its front."""
    if isinstance(picture, Dots):
        if not front:
            return Markup("")
        wide, narrow = intervals(picture, colours), intervals_narrow(picture, colours)
        drawn = Markup(f'<div class="on-wide">{wide}</div><div class="on-narrow">{narrow}</div>')
        kind = ""
    else:
        kind, by = DRAWN[type(picture)]
        drawn = by(picture, colours)
    caption = getattr(picture, "caption", "")
    below = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return Markup('<figure class="{}">{}{}</figure>').format(kind, drawn, below)


def _svg(height: float, body: Sequence[str], label: str, width: float = WIDTH) -> Markup:
    return Markup(
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}" '
        f'preserveAspectRatio="xMinYMin meet">{"".join(body)}</svg>'
    )


def _text(
    x: float, y: float, words: object, *, size: float = 14, anchor: str = "start",
    fill: str = INK, weight: str = "400",
) -> str:  # fmt: skip
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" '
        f'fill="{fill}" font-weight="{weight}">{escape(words)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = RULE, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width:g}"/>'
    )


def intervals(picture: Dots, colours: Colours) -> Markup:
    """Dots with intervals on a scale from 0 to 100."""
    left, right, step, top = 172.0, WIDTH - 120.0, 40.0, 14.0
    height = top + step * len(picture.rows) + 30

    def at(value: float) -> float:
        return left + value * (right - left)

    body = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        body.append(_line(at(tick), top, at(tick), height - 26))
        body.append(_text(at(tick), height - 8, f"{100 * tick:g}", size=12, anchor="middle",
                          fill=SOFT))  # fmt: skip
    for place, row in enumerate(picture.rows):
        y = top + step * (place + 0.5)
        colour = colours[row.name]
        strong = "700" if row.bold else "400"
        body.append(_text(0, y + 5, row.label, size=15, weight=strong))
        if row.value is None:
            body.append(_text(at(0) + 8, y + 5, wording.NONE, fill=SOFT))
            continue
        span = ""
        if row.low is not None and row.high is not None:
            span = wording.interval(row.low, row.high)
            body.append(_line(at(row.low), y, at(row.high), y, colour, 3))
            for end in (row.low, row.high):
                body.append(_line(at(end), y - 5, at(end), y + 5, colour, 2))
        body.append(_dot(at(row.value), y, 7, colour, row.hollow))
        body.append(_text(right + 14, y + 5, wording.points(row.value), size=15, weight=strong))
        body.append(_text(right + 50, y + 4, span, size=11, fill=SOFT))
    return _svg(height, body, picture.title, WIDTH + 14)


def intervals_narrow(picture: Dots, colours: Colours) -> Markup:
    """The same dots and intervals for a phone: each name and figure stands above its bar."""
    width, left, right, step, top = 350.0, 10.0, 336.0, 50.0, 4.0
    height = top + step * len(picture.rows) + 26

    def at(value: float) -> float:
        return left + value * (right - left)

    body = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        body.append(_line(at(tick), top, at(tick), height - 22))
        body.append(_text(at(tick), height - 6, f"{100 * tick:g}", size=11, anchor="middle",
                          fill=SOFT))  # fmt: skip
    for place, row in enumerate(picture.rows):
        y, colour = top + step * place + 34, colours[row.name]
        strong = "700" if row.bold else "400"
        body.append(_text(left, y - 16, row.label, size=14, weight=strong))
        shown = wording.points(row.value)
        if row.low is not None and row.high is not None:
            shown += f"  {wording.interval(row.low, row.high)}"
            body.append(_line(at(row.low), y, at(row.high), y, colour, 3))
        body.append(_text(right, y - 16, shown, size=13, anchor="end", weight=strong))
        if row.value is not None:
            body.append(_dot(at(row.value), y, 6, colour, row.hollow))
    return _svg(height, body, picture.title, width)


def _dot(x: float, y: float, r: float, colour: str, hollow: bool = False) -> str:
    fill = "#ffffff" if hollow else colour
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="{fill}" stroke="{colour}" '
        'stroke-width="2"/>'
    )


def gaps(picture: Gaps, colours: Colours) -> Markup:
    """Differences with their intervals around zero, the margin of indifference shaded."""
    left, right, step, top = 212.0, WIDTH - 130.0, 30.0, 8.0
    height = top + step * len(picture.rows) + 28
    most = max(0.02, picture.margin, *(abs(e) for r in picture.rows for e in (r.low, r.high)))

    def at(value: float) -> float:
        return left + (value / most + 1) / 2 * (right - left)

    body = []
    if picture.margin:
        wide = at(picture.margin) - at(-picture.margin)
        body.append(f'<rect x="{at(-picture.margin):.1f}" y="{top}" width="{wide:.1f}" '
                    f'height="{height - 28 - top:.1f}" fill="{BAND}"/>')  # fmt: skip
    body.append(_line(at(0), top, at(0), height - 28, SOFT))
    for place, row in enumerate(picture.rows):
        y, colour = top + step * (place + 0.5), INK if row.clear else "#9a978d"
        body.append(_text(0, y + 5, row.label))
        body.append(_line(at(row.low), y, at(row.high), y, colour, 3))
        body.append(_dot(at(row.value), y, 5, colour))
        shown = (
            f"{wording.difference(row.value)} {wording.interval(row.low, row.high, signed=True)}"
        )
        body.append(_text(right + 12, y + 4, shown, size=11))
    body.append(_text(at(0), height - 8, picture.title, size=12, anchor="middle", fill=SOFT))
    return _svg(height, body, picture.title, WIDTH + 14)


def coverage(picture: Curves, colours: Colours) -> Markup:
    """Score among the answered (upwards) against the share answered."""
    height, left, right, top, bottom = 250.0, 46.0, 400.0, 26.0, 204.0

    def x(value: float) -> float:
        return left + value * (right - left)

    def y(value: float) -> float:
        return bottom - value * (bottom - top)

    body = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        body.append(_line(left, y(tick), right, y(tick)))
        body.append(_text(left - 8, y(tick) + 4, f"{100 * tick:g}", size=12, anchor="end",
                          fill=SOFT))  # fmt: skip
        body.append(_text(x(tick), bottom + 18, f"{100 * tick:g}", size=12, anchor="middle",
                          fill=SOFT))  # fmt: skip
    body.append(_text(left, bottom + 40, f"{picture.across} →", size=13))
    body.append(_text(0, 12, f"↑ {picture.up}", size=13))
    dashes = ("", "7 4", "2 3", "9 3 2 3")
    for place, row in enumerate(picture.lines):
        line = " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up, _ in row.points)
        colour, dash = colours[row.name], f'stroke-dasharray="{dashes[place % len(dashes)]}"'
        body.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5" '
                    f"{dash}/>")  # fmt: skip
        # The names as a legend: lines that cross leave no room at their ends.
        height_of = top + 10 + 24 * place
        body.append(f'<line x1="{right + 24}" y1="{height_of}" x2="{right + 58}" '
                    f'y2="{height_of}" stroke="{colour}" stroke-width="2.5" {dash}/>')  # fmt: skip
        body.append(_text(right + 66, height_of + 5, row.label))
    return _svg(height, body, picture.title)


def levers(picture: Levers, colours: Colours) -> Markup:
    """Two lines from closed book to retrieval, base and tuned: parallel without interaction."""
    height, left, right, top, bottom = 210.0, 64.0, 330.0, 14.0, 176.0

    def y(value: float) -> float:
        return bottom - value * (bottom - top)

    body = []
    for tick in (0, 0.5, 1):
        body.append(_line(left - 30, y(tick), right + 30, y(tick)))
        body.append(_text(left - 36, y(tick) + 4, f"{100 * tick:g}", size=12, anchor="end",
                          fill=SOFT))  # fmt: skip
    for x, side in zip((left, right), picture.sides, strict=True):
        body.append(_text(x, height - 12, side, size=13, anchor="middle"))
    ends = [line.ends[1].value for line in picture.lines]
    close = None not in ends and abs(y(ends[0] or 0) - y(ends[1] or 0)) < 16
    for place, line in enumerate(picture.lines):
        first, second = (end.value for end in line.ends)
        if first is None or second is None:
            continue
        dash = "" if line.tuned else ' stroke-dasharray="5 4"'
        body.append(
            f'<line x1="{left}" y1="{y(first):.1f}" x2="{right}" y2="{y(second):.1f}" '
            f'stroke="{SOFT}" stroke-width="1.5"{dash}/>'
        )
        for x, end in zip((left, right), line.ends, strict=True):
            body.append(f'<circle cx="{x}" cy="{y(end.value or 0):.1f}" r="6" '
                        f'fill="{colours[end.name]}"/>')  # fmt: skip
        higher = second >= (ends[1 - place] or 0)
        nudge = (-8.0 if higher else 14.0) if close else 4.0
        body.append(_text(right + 40, y(second) + nudge, line.label, size=13))
    return _svg(height, body, picture.title, right + 140)


def waterfall(picture: Fall, colours: Colours) -> Markup:
    """Bars hanging from 100 down to the delivered score."""
    left, right, row = 240.0, WIDTH - 70.0, 28.0
    height = row * len(picture.bars) + 6
    fills = {"whole": "#e9e7e0", "lost": "#b9b6ab", "gained": "#7fae9a",
             "left": colours[picture.name]}  # fmt: skip

    def at(value: float) -> float:
        return left + max(0.0, min(1.0, value)) * (right - left)

    body = [_line(at(0), 0, at(0), height), _line(at(1), 0, at(1), height)]
    for place, bar in enumerate(picture.bars):
        y = place * row + 4
        body.append(_text(0, y + 16, bar.label, size=14))
        wide = max(1.0, at(bar.high) - at(bar.low))
        body.append(f'<rect x="{at(bar.low):.1f}" y="{y:.1f}" width="{wide:.1f}" '
                    f'height="{row - 8}" fill="{fills[bar.kind]}"/>')  # fmt: skip
        body.append(_text(right + 10, y + 16, bar.shown, size=14))
    return _svg(height, body, picture.title)


def decline(picture: Decline, colours: Colours) -> Markup:
    """A falling line in its band, drawn narrow, so that it is as readable on a phone."""
    width, left, right, top, bottom = 350.0, 38.0, 318.0, 24.0, 128.0
    steps, colour = picture.steps, colours.get(picture.name, INK)
    most = max(step.high for step in steps) or 1.0
    farthest = math.sqrt(max(step.at for step in steps))

    def spot(at: int, value: float) -> tuple[float, float]:
        across = left + math.sqrt(at) / farthest * (right - left)
        return across, bottom - value / most * (bottom - top)

    def path(values: Sequence[tuple[int, float]]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*spot(at, value)) for at, value in values)

    band = [*((step.at, step.high) for step in steps),
            *((step.at, step.low) for step in reversed(steps))]  # fmt: skip
    line = path([(step.at, step.value) for step in steps])
    body = [
        _text(0, 10, f"↑ {picture.up}", size=11, fill=SOFT),
        _line(left, bottom, right + 12, bottom),
        _text(left - 8, bottom + 4, "0", size=11, anchor="end", fill=SOFT),
        _text(left - 8, top + 4, wording.small_points(most), size=11, anchor="end", fill=SOFT),
        f'<polygon points="{path(band)}" fill="{colour}" fill-opacity="0.18"/>',
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
    ]
    for step in steps:
        x, y = spot(step.at, step.value)
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')
        # The last figure would leave the picture on the right.
        inside = step is steps[-1]
        body.append(_text(x if inside else x + 6, y - (11 if inside else 7), step.shown, size=12,
                          weight="700", anchor="middle" if inside else "start"))  # fmt: skip
        body.append(_text(x, bottom + 15, step.under, size=11, anchor="middle", fill=SOFT))
    body.append(_text(right + 12, bottom + 31, f"{picture.across} →", size=11, anchor="end",
                      fill=SOFT))  # fmt: skip
    return _svg(bottom + 38, body, picture.title, width)


def winner_grid(picture: WinnerGrid, colours: Colours) -> Markup:
    """Coloured cells: winner over questions a month (across) and updates a month (up)."""
    queries, updates, shown = picture.queries, picture.updates, dict(picture.labels)
    left, top = 56.0, 6.0
    wide, high = (WIDTH - left - 10) / len(queries), 17.0
    bottom = top + high * len(updates)
    body = []
    for at, row in enumerate(reversed(picture.cells)):
        start = 0
        for place in range(1, len(row) + 1):
            if place == len(row) or row[place] != row[start]:
                fill = colours.get(row[start], "#f2f0ea")
                body.append(
                    f'<rect x="{left + start * wide:.1f}" y="{top + at * high:.1f}" '
                    f'width="{(place - start) * wide:.1f}" height="{high}" fill="{fill}" '
                    f'fill-opacity="0.78"/>'
                )
                start = place
        rate = updates[len(updates) - 1 - at]
        body.append(_text(left - 8, top + at * high + 12, f"{rate:g}", size=11, anchor="end",
                          fill=SOFT))  # fmt: skip
    for place, value in enumerate(queries):
        if value in (100, 1000, 10_000, 100_000, 1_000_000, 10_000_000):
            x = left + (place + 0.5) * wide
            # The last figure would leave the picture on the right.
            side = "end" if place == len(queries) - 1 else "middle"
            body.append(_text(x, bottom + 16, wording.count(value), size=11, anchor=side,
                              fill=SOFT))  # fmt: skip
    if picture.here is not None:
        across, up = picture.here
        body += _cross(left + (across + 0.5) * wide, top + (len(updates) - 1 - up + 0.5) * high)
    body.append(_text(left, bottom + 34, f"{picture.across} →", size=12, fill=SOFT))
    body.append(_text(left + 150, bottom + 34, f"↑ {picture.up}", size=12, fill=SOFT))
    x = left + 300
    for name in sorted({name for row in picture.cells for name in row}):
        body.append(
            f'<rect x="{x:.1f}" y="{bottom + 24:.1f}" width="11" height="11" '
            f'fill="{colours.get(name, "#f2f0ea")}" fill-opacity="0.78"/>'
        )
        body.append(_text(x + 16, bottom + 34, shown[name], size=12))
        x += 36 + 7.2 * len(shown[name])
    return _svg(bottom + 42, body, picture.title)


def _cross(x: float, y: float) -> list[str]:
    return [
        f'<line x1="{x - 6:.1f}" y1="{y - 6 * sign:.1f}" x2="{x + 6:.1f}" y2="{y + 6 * sign:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
        for colour, width in (("#fff", 5), (INK, 2)) for sign in (1, -1)
    ]  # fmt: skip


def confusion(picture: Confusion, colours: Colours) -> Markup:
    """A map of counts: the darker, the more of a row's messages."""
    left, top, wide, high = 150.0, 30.0, 76.0, 28.0
    wide = min(wide, (WIDTH - left) / len(picture.columns))
    body = [_text(left, 10, f"{picture.across} →", size=11, fill=SOFT)]
    for place, column in enumerate(picture.columns):
        x = left + (place + 0.5) * wide
        body.append(_text(x, top - 6, _cut(column, wide), size=11, anchor="middle", fill=SOFT))
    for at, (row, counts, shares) in enumerate(
        zip(picture.rows, picture.counts, picture.shares, strict=True)
    ):
        y = top + at * high
        body.append(_text(left - 8, y + 18, _cut(row, left), size=13, anchor="end"))
        for place, (times, share) in enumerate(zip(counts, shares, strict=True)):
            x = left + place * wide
            body.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide - 2:.1f}" '
                        f'height="{high - 2}" fill="#0b4f7d" '
                        f'fill-opacity="{max(0.05, share):.2f}"/>')  # fmt: skip
            ink = "#ffffff" if share > 0.45 else INK
            body.append(_text(x + wide / 2, y + 18, times, size=12, anchor="middle", fill=ink))
    return _svg(top + high * len(picture.rows) + 6, body, picture.title)


def _cut(words: str, room: float) -> str:
    """A label cut to a width, at some 6.4 units a letter."""
    most = max(3, int(room / 6.4))
    return words if len(words) <= most else f"{words[: most - 1]}…"


def reliability(picture: Reliability, colours: Colours) -> Markup:
    """Share right (upwards) against confidence, beside the diagonal on which both agree."""
    height, left, right, top, bottom = 250.0, 46.0, 400.0, 26.0, 204.0

    def spot(across: float, up: float) -> tuple[float, float]:
        return left + across * (right - left), bottom - up * (bottom - top)

    body = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = spot(tick, tick)
        body.append(_line(left, y, right, y))
        body.append(_text(left - 8, y + 4, f"{100 * tick:g}", size=12, anchor="end", fill=SOFT))
        body.append(_text(x, bottom + 18, f"{100 * tick:g}", size=12, anchor="middle", fill=SOFT))
    body.append(_line(*spot(0, 0), *spot(1, 1), SOFT))
    body.append(_text(left, bottom + 40, f"{picture.across} →", size=13))
    body.append(_text(0, 12, f"↑ {picture.up}", size=13))
    for place, row in enumerate(picture.lines):
        colour, spots = colours[row.name], [spot(a, u) for a, u, _ in row.points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        body.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [_dot(x, y, 4, colour) for x, y in spots]
        body.append(_dot(right + 34, top + 10 + 24 * place, 5, colour))
        body.append(_text(right + 46, top + 15 + 24 * place, row.label))
    return _svg(height, body, picture.title)


#: How each kind of picture is drawn, and the style of its figure.
DRAWN: dict[type, tuple[str, Callable[[Any, Colours], Markup]]] = {
    Gaps: ("wide", gaps),
    Decline: ("", decline),
    Curves: ("wide", coverage),
    Levers: ("levers", levers),
    Fall: ("wide", waterfall),
    WinnerGrid: ("wide", winner_grid),
    Confusion: ("wide", confusion),
    Reliability: ("wide", reliability),
}
