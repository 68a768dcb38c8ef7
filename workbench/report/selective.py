"""What the report shows of confidence: score against the share answered, and thresholds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import wording
from workbench.records.results import Results
from workbench.records.variants import VariantRow
from workbench.report import charts
from workbench.report.view import View


def selective(view: View) -> dict[str, Any]:
    """The template's values; ``selective`` holds the variants whose models tell probabilities."""
    told = [row for row in view.rows if row.risk_coverage]
    rows = [
        {"label": row.short, "colour": view.colours[row.name],
         "points": [(across, up) for across, up, _ in row.risk_coverage.points]}
        for row in told if row.risk_coverage
    ]  # fmt: skip
    return {
        "selective": told,
        "selective_chart": charts.coverage(rows, view.words) if rows else "",
        "selective_untold": untold(view.results, view.words) if told else "",
        "thresholds": [threshold(row) for row in view.rows if row.threshold],
    }


def untold(results: Results, words: Mapping[str, str]) -> str:
    """One line on the variants without a curve; empty where each has one."""
    names = [row.short for row in results.variants if not row.risk_coverage]
    return words["selective_untold"].format(names=", ".join(names)) if names else ""


def threshold(row: VariantRow) -> dict[str, Any]:
    """The statement on a variant's threshold."""
    chosen, at = row.threshold, f"{row.at}/threshold"
    assert chosen is not None
    if chosen.below is None:
        return wording.statement("threshold_none", name=row.short)
    values = {
        "below": wording.figure(chosen.below, "share", f"{at}/below"),
        "held": wording.figure(chosen.held_back, "count", f"{at}/held_back"),
    }
    if chosen.on_dev:
        values["answerable"] = wording.figure(chosen.answerable, "count", f"{at}/answerable")
        values["lost"] = wording.figure(chosen.lost, "points", f"{at}/lost")
    key = "threshold_dev" if chosen.on_dev else "threshold_set"
    return wording.statement(key, name=row.short, **values)


def markdown_lines(results: Results, words: Mapping[str, str]) -> list[str]:
    """The thresholds as sentences, and the areas under the curves as one line."""
    lines = [wording.text(threshold(row)) for row in results.variants if row.threshold]
    told = [
        f"{row.short} {wording.points(row.risk_coverage.area)} "
        f"({wording.points(row.risk_coverage.random)})"
        for row in results.variants
        if row.risk_coverage
    ]
    if told:
        lines.append(words["selective_line"].format(areas=", ".join(told)))
        lines.append(untold(results, words))
    return [line for line in lines if line]
