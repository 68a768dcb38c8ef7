"""Charts as inline SVG: a few shapes drawn by hand, sharp in print and readable on a phone.

Every chart has a fixed viewBox and scales with its column; text is real text. Colours come from
:mod:`workbench.wording` alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from workbench import wording
from workbench.records.record import Number
from workbench.records.results import Waterfall
from workbench.records.verdict import EvidenceStep, Verdict, WinnerMap

WIDTH = 680
INK, SOFT, RULE = "#1d1d1b", "#63625e", "#dddbd4"


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


def intervals(rows: Sequence[Mapping[str, Any]], label: str) -> Markup:
    """Dots with intervals on a scale from 0 to 100; rows of name, label, value, low, high."""
    colours = wording.colours([row["name"] for row in rows])
    left, right, step, top = 172.0, WIDTH - 120.0, 40.0, 14.0
    height = top + step * len(rows) + 30

    def at(value: float) -> float:
        return left + value * (right - left)

    body = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        body.append(_line(at(tick), top, at(tick), height - 26))
        body.append(_text(at(tick), height - 8, f"{100 * tick:g}", size=12, anchor="middle",
                          fill=SOFT))  # fmt: skip
    for place, row in enumerate(rows):
        y = top + step * (place + 0.5)
        colour = colours[row["name"]]
        strong = "700" if row.get("chosen") else "400"
        body.append(_text(0, y + 5, row["label"], size=15, weight=strong))
        if row["value"] is None:
            body.append(_text(at(0) + 8, y + 5, wording.NONE, fill=SOFT))
            continue
        if row["low"] is not None:
            body.append(_line(at(row["low"]), y, at(row["high"]), y, colour, 3))
            for end in ("low", "high"):
                body.append(_line(at(row[end]), y - 5, at(row[end]), y + 5, colour, 2))
        fill = "#ffffff" if row.get("hollow") else colour
        body.append(
            f'<circle cx="{at(row["value"]):.1f}" cy="{y:.1f}" r="7" fill="{fill}" '
            f'stroke="{colour}" stroke-width="2"/>'
        )
        shown = wording.points(row["value"])
        span = "" if row["low"] is None else wording.interval(row["low"], row["high"])
        body.append(_text(right + 14, y + 5, shown, size=15, weight=strong))
        body.append(_text(right + 50, y + 4, span, size=11, fill=SOFT))
    return _svg(height, body, label, WIDTH + 14)


def intervals_narrow(rows: Sequence[Mapping[str, Any]], label: str) -> Markup:
    """The same dots and intervals for a phone: each name and figure stands above its bar."""
    colours = wording.colours([row["name"] for row in rows])
    width, left, right, step, top = 350.0, 10.0, 336.0, 50.0, 4.0
    height = top + step * len(rows) + 26

    def at(value: float) -> float:
        return left + value * (right - left)

    body = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        body.append(_line(at(tick), top, at(tick), height - 22))
        body.append(_text(at(tick), height - 6, f"{100 * tick:g}", size=11, anchor="middle",
                          fill=SOFT))  # fmt: skip
    for place, row in enumerate(rows):
        y, colour = top + step * place + 34, colours[row["name"]]
        strong = "700" if row.get("chosen") else "400"
        body.append(_text(left, y - 16, row["label"], size=14, weight=strong))
        shown = wording.points(row["value"])
        if row["low"] is not None:
            shown += f"  {wording.interval(row['low'], row['high'])}"
            body.append(_line(at(row["low"]), y, at(row["high"]), y, colour, 3))
        body.append(_text(right, y - 16, shown, size=13, anchor="end", weight=strong))
        if row["value"] is not None:
            fill = "#ffffff" if row.get("hollow") else colour
            body.append(
                f'<circle cx="{at(row["value"]):.1f}" cy="{y:.1f}" r="6" fill="{fill}" '
                f'stroke="{colour}" stroke-width="2"/>'
            )
    return _svg(height, body, label, width)


def coverage(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> Markup:
    """Score among the answered (upwards) against the share answered; rows of label and points."""
    height, left, right, top, bottom = 250.0, 46.0, 400.0, 14.0, 200.0

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
    body.append(_text(left, bottom + 40, words["coverage_axis"], size=13))
    dashes = ("", "7 4", "2 3", "9 3 2 3")
    for place, row in enumerate(rows):
        line = " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up in row["points"])
        dash = f'stroke-dasharray="{dashes[place % len(dashes)]}"'
        body.append(
            f'<polyline points="{line}" fill="none" stroke="{row["colour"]}" stroke-width="2.5" '
            f"{dash}/>"
        )
        # The names as a legend: lines that cross leave no room at their ends.
        height_of = top + 10 + 24 * place
        body.append(
            f'<line x1="{right + 24}" y1="{height_of}" x2="{right + 58}" y2="{height_of}" '
            f'stroke="{row["colour"]}" stroke-width="2.5" {dash}/>'
        )
        body.append(_text(right + 66, height_of + 5, row["label"]))
    return _svg(height, body, words["h_selective"])


def levers(
    cells: Mapping[tuple[bool, bool], tuple[float | None, str]], words: Mapping[str, str]
) -> Markup:
    """Two lines from closed book to retrieval, base and tuned: parallel without interaction.

    ``cells`` are value and colour by (tuned, retrieves).
    """
    height, left, right, top, bottom = 210.0, 64.0, 330.0, 14.0, 176.0

    def y(value: float) -> float:
        return bottom - value * (bottom - top)

    body = []
    for tick in (0, 0.5, 1):
        body.append(_line(left - 30, y(tick), right + 30, y(tick)))
        body.append(_text(left - 36, y(tick) + 4, f"{100 * tick:g}", size=12, anchor="end",
                          fill=SOFT))  # fmt: skip
    body.append(_text(left, height - 12, words["no_retrieval"], size=13, anchor="middle"))
    body.append(_text(right, height - 12, words["with_retrieval"], size=13, anchor="middle"))
    ends = [cells[tuned, True][0] for tuned in (False, True)]
    close = None not in ends and abs(y(ends[0] or 0) - y(ends[1] or 0)) < 16
    for tuned in (False, True):
        (first, left_colour), (second, right_colour) = cells[tuned, False], cells[tuned, True]
        if first is None or second is None:
            continue
        dash = "" if tuned else ' stroke-dasharray="5 4"'
        body.append(
            f'<line x1="{left}" y1="{y(first):.1f}" x2="{right}" y2="{y(second):.1f}" '
            f'stroke="{SOFT}" stroke-width="1.5"{dash}/>'
        )
        for x, value, colour in ((left, first, left_colour), (right, second, right_colour)):
            body.append(f'<circle cx="{x}" cy="{y(value):.1f}" r="6" fill="{colour}"/>')
        higher = second >= (ends[not tuned] or 0)
        nudge = (-8.0 if higher else 14.0) if close else 4.0
        name = words["tuned_model"] if tuned else words["base_model"]
        body.append(_text(right + 40, y(second) + nudge, name, size=13))
    return _svg(height, body, words["interaction"], right + 140)


def waterfall(result: Waterfall, colour: str, words: Mapping[str, str]) -> Markup:
    """Bars hanging from 100 down to the delivered score; steps of cause and points."""
    steps = [step for step in result.steps if step.cause != "gained"]
    gained = [step for step in result.steps if step.cause == "gained"]
    left, right, row = 240.0, WIDTH - 70.0, 28.0
    height = row * (len(result.steps) + 2) + 6

    def at(value: float) -> float:
        return left + max(0.0, min(1.0, value)) * (right - left)

    body = [_line(at(0), 0, at(0), height), _line(at(1), 0, at(1), height)]

    def bar(place: int, low: float, high: float, name: str, shown: str, fill: str) -> None:
        y = place * row + 4
        body.append(_text(0, y + 16, name, size=14))
        body.append(
            f'<rect x="{at(low):.1f}" y="{y:.1f}" width="{max(1.0, at(high) - at(low)):.1f}" '
            f'height="{row - 8}" fill="{fill}"/>'
        )
        body.append(_text(right + 10, y + 16, shown, size=14))

    bar(0, 0, 1, words["perfect"], "100.0", "#e9e7e0")
    level: Number = 1.0
    place = 1
    for step in [*steps, *gained]:
        new = level - step.points
        name = words[f"cause_{step.cause}"]
        fill = "#b9b6ab" if step.points > 0 else "#7fae9a"
        bar(place, min(level, new), max(level, new), name,
            wording.difference(-step.points), fill)  # fmt: skip
        level, place = new, place + 1
    shown = wording.points(result.delivered)
    bar(place, 0, result.delivered, words["delivered"], shown, colour)
    return _svg(height, body, words["delivered"])


def evidence(steps: Sequence[EvidenceStep], colour: str, words: Mapping[str, str]) -> Markup:
    """Points still lost on average by further questions: a line in the band of other exams.

    Drawn narrow, so that it is as readable on a phone. Questions go by their square root, which is
    how errors shrink with them.
    """
    width, left, right, top, bottom = 350.0, 38.0, 318.0, 24.0, 128.0
    most = max(float(step.high or 0.0) for step in steps) or 1.0
    farthest = math.sqrt(max(step.questions for step in steps))

    def across(step: EvidenceStep) -> float:
        return left + math.sqrt(step.questions) / farthest * (right - left)

    def up(value: Number | None) -> float:
        return bottom - float(value or 0.0) / most * (bottom - top)

    upper = [f"{across(step):.1f},{up(step.high):.1f}" for step in steps]
    lower = [f"{across(step):.1f},{up(step.low):.1f}" for step in reversed(steps)]
    path = " ".join(f"{across(step):.1f},{up(step.points):.1f}" for step in steps)
    body = [
        _text(0, 10, f"↑ {words['evidence_y']}", size=11, fill=SOFT),
        _line(left, bottom, right + 12, bottom),
        _text(left - 8, bottom + 4, "0", size=11, anchor="end", fill=SOFT),
        _text(left - 8, top + 4, wording.small_points(most), size=11, anchor="end", fill=SOFT),
        f'<polygon points="{" ".join([*upper, *lower])}" fill="{colour}" fill-opacity="0.18"/>',
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
    ]  # fmt: skip
    for step in steps:
        x, y = across(step), up(step.points)
        body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')
        # The last figure would leave the picture on the right.
        inside = step is steps[-1]
        body.append(_text(x if inside else x + 6, y - (11 if inside else 7),
                          wording.small_points(step.points), size=12, weight="700",
                          anchor="middle" if inside else "start"))  # fmt: skip
        under = wording.count(step.questions) if step.questions else words["evidence_now"]
        body.append(_text(x, bottom + 15, under, size=11, anchor="middle", fill=SOFT))
    body.append(_text(right + 12, bottom + 31, f"{words['evidence_x']} →", size=11, anchor="end",
                      fill=SOFT))  # fmt: skip
    return _svg(bottom + 38, body, words["evidence_alt"], width)


def winner_map(
    result: WinnerMap, verdict: Verdict, words: Mapping[str, str],
    shown: Mapping[str, str], colours: Mapping[str, str],
) -> Markup:  # fmt: skip
    """Coloured cells: winner over questions a month (across) and updates a month (up).

    ``shown`` and ``colours`` are the names and colours of the variants.
    """
    queries, updates, rows = result.queries_per_month, result.updates_per_month, result.winner
    names = sorted({name for row in rows for name in row if name})
    left, top = 56.0, 6.0
    wide, high = (WIDTH - left - 10) / len(queries), 17.0
    bottom = top + high * len(updates)
    body = []
    for at, row in enumerate(reversed(rows)):
        start = 0
        for place in range(1, len(row) + 1):
            if place == len(row) or row[place] != row[start]:
                fill = colours.get(row[start] or "", "#f2f0ea")
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
            body.append(_text(x, bottom + 16, wording.count(value), size=11, anchor="middle",
                              fill=SOFT))  # fmt: skip
    here = (
        left + (queries.index(verdict.queries_per_month) + 0.5) * wide,
        top + (len(updates) - 1 - updates.index(verdict.updates_per_month) + 0.5) * high,
    )
    for sign in (1, -1):
        body.append(
            f'<line x1="{here[0] - 6:.1f}" y1="{here[1] - 6 * sign:.1f}" '
            f'x2="{here[0] + 6:.1f}" y2="{here[1] + 6 * sign:.1f}" stroke="#fff" stroke-width="5"/>'
            f'<line x1="{here[0] - 6:.1f}" y1="{here[1] - 6 * sign:.1f}" '
            f'x2="{here[0] + 6:.1f}" y2="{here[1] + 6 * sign:.1f}" stroke="{INK}" '
            f'stroke-width="2"/>'
        )
    body.append(_text(left, bottom + 34, f"{words['map_x']} →", size=12, fill=SOFT))
    body.append(_text(left + 150, bottom + 34, f"↑ {words['map_y']}", size=12, fill=SOFT))
    x = left + 300
    for name in names:
        body.append(
            f'<rect x="{x:.1f}" y="{bottom + 24:.1f}" width="11" height="11" '
            f'fill="{colours[name]}" fill-opacity="0.78"/>'
        )
        body.append(_text(x + 16, bottom + 34, shown[name], size=12))
        x += 36 + 7.2 * len(shown[name])
    return _svg(bottom + 42, body, words["h_map"])
