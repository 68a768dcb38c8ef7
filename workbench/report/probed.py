"""What the report shows of the probes: rows from results.json, ready for the template. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.report.links import sentence


def probed(results: Mapping[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
    """The template's values on what tuning broke and on other wordings; empty where not probed.

    ``name`` gives a variant's short display name.
    """
    rows, known = [], []
    for place, item in enumerate(results.get("forgetting") or ()):
        at = f"/forgetting/{place}"
        prose = item["prose"]
        rows.append(
            {
                **item,
                "at": at,
                "place": place,
                "names": ", ".join(name(variant) for variant in item["variants"]),
                "rise_span": span(prose["low"], prose["high"]),
            }
        )
        known += [
            {
                **pair,
                "at": f"{at}/known/{number}",
                "id": f"forgetting-{place}-known-{number}",
                "names": f"{name(pair['variant'])}, {name(pair['baseline'])}",
            }
            for number, pair in enumerate(item["known"])
        ]
    note: Any = ""
    if rows:
        first = rows[0]
        note = _linked(
            results, "forgetting_note",
            pieces=(first["prose"]["pieces"], "count", "/forgetting/0/prose/pieces"),
            tokens=(first["prose"]["tokens"], "count", "/forgetting/0/prose/tokens"),
            questions=(first["reading"]["n"], "count", "/forgetting/0/reading/n"),
        )  # fmt: skip
    result = {"forgetting": rows, "known": known, "forgetting_note": note}
    return result | _sensitivity(results, name)


def _linked(results: Mapping[str, Any], key: str, **values: Any) -> Markup:
    """The words of that key; a value of three is a number, its unit and its place."""
    result = {
        name: wording.figure(*value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }
    return sentence(wording.statement(key, **result), results)


def _sensitivity(results: Mapping[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
    """The values on other wordings; None for a run that asked nothing again."""
    result = results.get("sensitivity")
    if not result:
        return {"sensitivity": None, "sensitivity_note": ""}
    rows = [{**row, "label": name(row["name"])} for row in result["variants"]]
    note = _linked(
        results, "sensitivity_note", metric=wording.metric_label(result["metric"]),
        questions=(result["questions"], "count", "/sensitivity/questions"),
        wordings=(result["wordings"], "rate", "/sensitivity/wordings"),
    )  # fmt: skip
    return {"sensitivity": {**result, "variants": rows}, "sensitivity_note": note}


def span(low: float | None, high: float | None) -> str:
    """An interval of relative changes: ``[+2.1%, +9.4%]``."""
    if low is None or high is None:
        return wording.interval(None, None)
    return f"[{wording.change(low)}, {wording.change(high)}]"
