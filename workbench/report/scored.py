"""What the report shows of scores: tables, differences, levers, waterfalls, examples. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.experiment.variant import Variant, recorded_cells
from workbench.records.results import Example
from workbench.records.variants import Comparison, Estimate
from workbench.report import charts
from workbench.report.view import View
from workbench.types import KINDS, STRATA


def scored(view: View) -> dict[str, Any]:
    """The template's values on quality, from the chart of the first page to the examples."""
    results, rows = view.results, view.rows
    strata = [s for s in STRATA if any(s in row.strata for row in rows)]
    return {
        "metric": view.metric,
        "metric_label": wording.metric_label(view.metric),
        "other_metrics": _other_metrics(view),
        "strata": strata,
        "kinds": [k for k in KINDS if any(k in row.kinds for row in rows)],
        "gold_kinds": [k for k in KINDS if any(k in row.gold_kinds for row in rows)],
        "scores_note": _scores_note(view, strata),
        "leader_note": _leader_note(view),
        **_charts(view),
        "chart_title": view.say(
            "h_chart", metric=wording.metric_label(view.metric),
            level=wording.share(results.level),
        ),
        "pairs": _pairs(view),
        "gold_pairs": _gold_pairs(view),
        "power": results.power,
        "power_note": view.linked(
            "pairs_power",
            gap=view.figure(results.power.detectable_difference, "points",
                            "/power/detectable_difference"),
        ),
        "levers": _levers(view),
        "falls": _falls(view),
        "examples": [_example(view, item) for item in results.examples],
        **_clocked(view),
    }  # fmt: skip


def _clocked(view: View) -> dict[str, Any]:
    """How many questions were timed for each variant, and where that is recorded."""
    most = max(view.rows, key=lambda row: row.latency.n)
    n = view.figure(most.latency.n, "count", f"{most.at}/latency/n")
    return {"timed": most.latency.n, "latency_note": view.linked("latency_note", n=n)}


def _charts(view: View) -> dict[str, Markup]:
    bars = []
    for row in view.rows:
        result = row.metrics.get(view.metric) or Estimate()
        bars.append(
            {"name": row.name, "label": row.short, "hollow": row.is_ceiling,
             "chosen": row.name == view.verdict.variant,
             "value": result.value, "low": result.low, "high": result.high}
        )  # fmt: skip
    title = wording.metric_label(view.metric)
    return {
        "chart": charts.intervals(bars, title),
        "chart_narrow": charts.intervals_narrow(bars, title),
    }


def _other_metrics(view: View) -> list[str]:
    seen = {name for row in view.rows for name in row.metrics}
    seen -= set(view.results.judged_metrics)
    order = [name for name in wording.METRIC_LABELS if name in seen]
    order += sorted(seen - set(order))
    return [name for name in order if name not in (view.metric, "behaviour")]


def _scores_note(view: View, strata: Sequence[str]) -> str:
    mix = view.results.mix or {}
    shares = ", ".join(
        f"{wording.STRATUM_LABELS[s].lower()} {wording.share(mix.get(s, 0))}" for s in strata
    )
    kinds = ", ".join(
        f"{wording.KIND_LABELS[kind].lower()} {wording.share(part)}"
        for kind, part in (view.results.kind_mix or {}).items()
    )
    shares = "; ".join(part for part in (shares, kinds) if part)
    meaning = "; ".join(
        f"{wording.STRATUM_LABELS[s]}: {wording.STRATUM_MEANINGS[s]}" for s in strata
    )
    meaning = f"{meaning}." if meaning else ""
    if not shares:
        return view.say("scores_note_plain")
    return view.say("scores_note", mix=shares, strata_meaning=meaning)


def _leader_note(view: View) -> Markup | str:
    best = view.results.leader
    if best is None or best.low is None or best.high is None:
        return ""
    figures = {
        key: view.figure(value, unit, f"/leader/{key}")
        for key, value, unit in (("of", best.of, "count"), ("low", best.low, "points"),
                                 ("high", best.high, "points"))
    }  # fmt: skip
    return view.linked("leader_note", name=view.name(best.variant), **figures)


def _pairs(view: View) -> list[dict[str, Any]]:
    """Rows of the table of differences, on the whole mix alone where the ceiling is one of a pair.

    By the decisive metric, and those by others that a sentence on form names.
    """
    named = {
        int(value["at"].split("/")[2])
        for item in view.verdict.statements.form for value in item["values"].values()
        if isinstance(value, Mapping) and value["at"].startswith("/comparisons/")
    }  # fmt: skip
    ceilings = {row.name for row in view.rows if row.is_ceiling}
    result = []
    for place, item in enumerate(view.results.comparisons):
        stratum = item.stratum
        of_ceiling = ceilings & {item.variant, item.baseline}
        if (item.metric != view.metric and place not in named) or (stratum and of_ceiling):
            continue
        label = wording.STRATUM_LABELS[stratum] if stratum else view.say("workload_mix")
        if item.metric != view.metric:
            label = f"{label}, {wording.metric_label(item.metric)}"
        result.append({**_row(view, item, place, "comparisons"), "stratum_label": label})
    return result


def _gold_pairs(view: View) -> list[dict[str, Any]]:
    """The differences of the candidates on the hand-written questions."""
    ceilings = {row.name for row in view.rows if row.is_ceiling}
    return [
        _row(view, item, place, "gold_comparisons")
        for place, item in enumerate(view.results.gold_comparisons)
        if item.metric == view.metric and not item.stratum
        and not ceilings & {item.variant, item.baseline}
    ]  # fmt: skip


def _row(view: View, item: Comparison, place: int, listed: str) -> dict[str, Any]:
    return {
        "n": item.n,
        "difference": item.difference,
        "id": f"{listed}-{place}",
        "at": f"/{listed}/{place}",
        "names": f"{view.name(item.variant)} − {view.name(item.baseline)}",
        "span": wording.interval(item.low, item.high, signed=True),
        "p": wording.p_value(item.p),
    }


def _levers(view: View) -> list[dict[str, Any]]:
    """The two-by-two of each tuning with its picture; a title where there are several."""
    both = view.results.interaction
    if both is None:
        return []
    value = {row.name: row.value(view.metric) for row in view.rows}
    known = [Variant.named(row.name, row.context) for row in view.rows]
    result = []
    for place, item in enumerate([both, *both.others]):
        names = recorded_cells(item.cells, known)
        cells = {
            (at >= 2, at % 2 == 1): (value.get(name), view.colours[name])
            for at, name in enumerate(names)
        }
        result.append(
            {
                "effects": item,
                "at": f"/interaction/others/{place - 1}" if place else "/interaction",
                "title": view.name(names[2]) if both.others else "",
                "chart": charts.levers(cells, view.words) if cells else "",
            }
        )
    return result


def _falls(view: View) -> list[dict[str, Any]]:
    falls = []
    for variant, result in (view.results.waterfall or {}).items():
        row = next(row for row in view.rows if row.name == variant)
        steps = [
            {"cause": step.cause, "points": step.points, "count": step.count,
             "questions": step.questions, "at": f"/waterfall/{variant}/steps/{place}",
             "fix": view.say(f"fix_{step.cause}", gain=wording.points(step.points))}
            for place, step in enumerate(result.steps)
        ]  # fmt: skip
        falls.append(
            {
                "row": row,
                "steps": steps,
                "chart": charts.waterfall(result, view.colours[variant], view.words),
            }
        )
    return falls


def _example(view: View, item: Example) -> dict[str, Any]:
    listed = [
        {"row": row, "text": reply.text, "passages": reply.passages,
         "score": wording.points(reply.score)}
        for row in view.rows if (reply := item.answers.get(row.name)) is not None
    ]  # fmt: skip
    outcome = (
        view.say("example_winner", winner=view.name(item.winner)) if item.winner
        else view.say("example_failed")
    )  # fmt: skip
    return {"item": item, "listed": listed, "outcome": outcome}
