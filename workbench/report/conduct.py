"""What the report shows of refusing, inventing and behaving, beside the scores. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import wording
from workbench.report.view import View


def conduct(view: View) -> dict[str, Any]:
    """The template's values; ``conduct`` holds one entry a variant that answered anything."""
    rows = [row for row in view.rows if row.get("abstention")] if _telling(view.results) else []
    asked = max((row["abstention"]["unanswerable"] for row in rows), default=0)
    behaving = next((row["metrics"]["behaviour"]["n"] for row in view.rows
                     if row["metrics"].get("behaviour")), 0)  # fmt: skip
    return {
        "conduct": rows,
        "conduct_refusing": asked > 0 or any(row["abstention"]["abstained"] for row in rows),
        "conduct_behaving": behaving,
        "conduct_note": view.say("conduct_note") if asked else view.say("conduct_unasked"),
    }


def _telling(results: Mapping[str, Any]) -> bool:
    """Whether there is anything to tell: labels that came from elsewhere say nothing of conduct."""
    for row in results["variants"]:
        result = row.get("abstention") or {}
        if row["metrics"].get("groundedness") or row["metrics"].get("behaviour"):
            return True
        if result.get("abstained") or result.get("invented"):
            return True
    return False


def sentences(results: Mapping[str, Any]) -> str:
    """One line on what was made of questions that the text does not answer; empty without any."""
    rows = [row for row in results["variants"] if (row.get("abstention") or {}).get("unanswerable")]
    if not rows or not _telling(results):
        return ""
    names = ", ".join(
        f"{wording.short_label(row)} {invented(row['abstention'])}" for row in rows
    )  # fmt: skip
    asked = max(row["abstention"]["unanswerable"] for row in rows)
    return wording.say("conduct_line", asked=str(asked), names=names)


def invented(result: Mapping[str, Any]) -> int:
    """Unanswerable questions that were answered all the same."""
    if "invented" in result:
        return int(result["invented"])
    share = float(result["recall"] or 0.0)
    return round((1 - share) * int(result["unanswerable"]))


def markdown_rows(
    results: Mapping[str, Any], words: Mapping[str, str]
) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the same table as plain text; no rows where nothing was answered."""
    rows = [row for row in results["variants"] if row.get("abstention")]
    rows = rows if _telling(results) else []
    behaving = any(row["metrics"].get("behaviour") for row in rows)
    heads = ["col_variant", "col_grounded", "col_abstained", "col_rightly", "col_unanswerable",
             "col_refused", "col_invented", *["col_behaviour"] * behaving]  # fmt: skip
    result = []
    for row in rows:
        item, metrics = row["abstention"], row["metrics"]
        result.append(
            [row["label"], _points(metrics.get("groundedness")), str(item["abstained"]),
             wording.share(item["precision"]), str(item["unanswerable"]),
             wording.share(item["recall"]),
             str(invented(item)) if item["unanswerable"] else wording.NONE,
             *[_points(metrics.get("behaviour"))] * behaving]
        )  # fmt: skip
    return [words[head] for head in heads], result


def _points(result: Mapping[str, Any] | None) -> str:
    if not result or result["value"] is None:
        return wording.NONE
    span = wording.interval(result["low"], result["high"])
    return wording.points(result["value"]) + (f" {span}" if result["low"] is not None else "")
