"""The figures that sentences are made of, each with the place in results.json it is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.decision.inputs import VerdictInputs
from workbench.wording import figure, label, short_label

Statement = dict[str, Any]
TRIVIAL_MONTH = 1.0


def row_of(inputs: VerdictInputs, name: str) -> tuple[int, dict[str, Any]]:
    for place, row in enumerate(inputs.results["variants"]):
        if row["name"] == name:
            return place, row
    raise KeyError(name)


def name_of(inputs: VerdictInputs, name: str) -> str:
    return next(
        (short_label(row) for row in inputs.results["variants"] if row["name"] == name), label(name)
    )


def metric_of(inputs: VerdictInputs, name: str) -> dict[str, Any]:
    """Value and interval of the decisive metric, as figures."""
    place, row = row_of(inputs, name)
    metric = inputs.decision.metric
    result = row["metrics"][metric]
    at = f"/variants/{place}/metrics/{metric}"
    return {key: figure(result[key], "points", f"{at}/{key}") for key in ("value", "low", "high")}


def gap_between(
    inputs: VerdictInputs,
    first: str,
    second: str,
    stratum: str | None = None,
    metric: str | None = None,
) -> dict[str, Any] | None:
    """Difference ``first - second`` with interval as figures, and its bounds; None if unknown.

    By the decisive metric, where no other is named.
    """
    wanted = metric or inputs.decision.metric
    matches = [
        (f"/comparisons/{place}", item)
        for place, item in enumerate(inputs.results["comparisons"])
        if item["metric"] == wanted and item["stratum"] == stratum
    ]
    return _gap(matches, first, second)


def decisive_gap(inputs: VerdictInputs, first: str, second: str) -> dict[str, Any] | None:
    """The difference that decides.

    That is of utilities where cost and latency are traded for quality, and one whose interval
    spans what missing scores could be where there are some.
    """
    for part, held in (("utility", inputs.utility), ("missing", inputs.missing)):
        if held is not None:
            return listed_gap(f"/verdict/{part}/comparisons", held["comparisons"], first, second)
    return gap_between(inputs, first, second)


def gold_gap(inputs: VerdictInputs, first: str, second: str) -> dict[str, Any] | None:
    """Difference ``first - second`` on the hand-written questions; None where there are none."""
    listed = inputs.results.get("gold_comparisons") or ()
    return listed_gap("/gold_comparisons", listed, first, second)


def listed_gap(
    at: str, listed: Sequence[Mapping[str, Any]], first: str, second: str
) -> dict[str, Any] | None:
    """``first - second`` from a list of comparisons recorded at ``at``; None if it is not there."""
    return _gap([(f"{at}/{place}", item) for place, item in enumerate(listed)], first, second)


def _gap(
    matches: Sequence[tuple[str, Mapping[str, Any]]], first: str, second: str
) -> dict[str, Any] | None:
    for at, item in matches:
        if item["difference"] is None or {item["variant"], item["baseline"]} != {first, second}:
            continue
        sign = 1 if item["variant"] == first else -1
        keys = ("low", "high") if sign == 1 else ("high", "low")
        result = {"gap": figure(sign * item["difference"], "difference", f"{at}/difference",
                              sign=sign)}  # fmt: skip
        for name, key in zip(("low", "high"), keys, strict=True):
            value = None if item[key] is None else sign * item[key]
            result[name] = figure(value, "difference", f"{at}/{key}", sign=sign)
        return result
    return None


def month_of(inputs: VerdictInputs, name: str) -> dict[str, Any]:
    place, _ = row_of(inputs, name)
    cost = inputs.costs[name]
    return figure(cost.per_month, "money", f"/variants/{place}/cost/per_month", cost.currency)


def margin_of(inputs: VerdictInputs) -> dict[str, Any]:
    return figure(inputs.decision.margin, "margin", "/verdict/margin")


def queries_of(inputs: VerdictInputs) -> dict[str, Any]:
    return figure(inputs.workload.queries_per_month, "count", "/verdict/queries_per_month")


def is_trivial(inputs: VerdictInputs) -> bool:
    """Whether no candidate costs enough at this volume for anyone to care."""
    known = [inputs.monthly[name] for name in inputs.candidates if inputs.monthly[name] is not None]
    return max((item for item in known if item is not None), default=0.0) < TRIVIAL_MONTH
