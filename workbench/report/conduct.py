"""What the report shows of refusing, inventing and behaving, beside the scores. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import wording
from workbench.records.results import Results
from workbench.records.variants import Abstention, Estimate, VariantRow
from workbench.report.view import View


def conduct(view: View) -> dict[str, Any]:
    """The template's values; ``conduct`` holds one entry a variant that answered anything."""
    told = _told(view.results)
    asked = max((item.unanswerable for _, item in told), default=0)
    behaving = next((row.metrics["behaviour"].n for row in view.rows
                     if "behaviour" in row.metrics), 0)  # fmt: skip
    return {
        "conduct": [row for row, _ in told],
        "conduct_refusing": asked > 0 or any(item.abstained for _, item in told),
        "conduct_behaving": behaving,
        "conduct_note": view.say("conduct_note") if asked else view.say("conduct_unasked"),
    }


def _told(results: Results) -> list[tuple[VariantRow, Abstention]]:
    """Variants with their conduct; none where all came from elsewhere and nothing is to tell."""
    told = [(row, row.abstention) for row in results.variants if row.abstention]
    telling = any(item.abstained or item.invented for _, item in told) or any(
        {"groundedness", "behaviour"} & set(row.metrics) for row in results.variants
    )
    return told if telling else []


def sentences(results: Results) -> str:
    """One line on what was made of questions that the text does not answer; empty without any."""
    told = [(row, item) for row, item in _told(results) if item.unanswerable]
    if not told:
        return ""
    names = ", ".join(f"{row.short} {invented(item)}" for row, item in told)
    asked = max(item.unanswerable for _, item in told)
    return wording.say("conduct_line", asked=str(asked), names=names)


def invented(result: Abstention) -> int:
    """Unanswerable questions that were answered all the same."""
    if result.invented is not None:
        return result.invented
    return round((1 - (result.recall or 0.0)) * result.unanswerable)


def markdown_rows(results: Results, words: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the same table as plain text; no rows where nothing was answered."""
    told = _told(results)
    behaving = any("behaviour" in row.metrics for row, _ in told)
    heads = ["col_variant", "col_grounded", "col_abstained", "col_rightly", "col_unanswerable",
             "col_refused", "col_invented", *["col_behaviour"] * behaving]  # fmt: skip
    result = [
        [row.label, _points(row.metrics.get("groundedness")), str(item.abstained),
         wording.share(item.precision), str(item.unanswerable), wording.share(item.recall),
         str(invented(item)) if item.unanswerable else wording.NONE,
         *[_points(row.metrics.get("behaviour"))] * behaving]
        for row, item in told
    ]  # fmt: skip
    return [words[head] for head in heads], result


def _points(result: Estimate | None) -> str:
    if result is None or result.value is None:
        return wording.NONE
    span = wording.interval(result.low, result.high)
    return wording.points(result.value) + (f" {span}" if result.low is not None else "")
