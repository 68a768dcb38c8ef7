"""What the report shows of the probes: rows from results.json, ready for the template. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.records.record import Number
from workbench.records.results import Results
from workbench.report.links import sentence


def probed(results: Results, name: Callable[[str], str]) -> dict[str, Any]:
    """The template's values on what tuning broke and on other wordings; empty where not probed.

    ``name`` gives a variant's short display name.
    """
    rows, known = [], []
    for place, item in enumerate(results.forgetting or ()):
        at = f"/forgetting/{place}"
        rows.append({
            "prose": item.prose, "reading": item.reading, "records": item.records,
            "statements": item.statements, "at": at, "place": place,
            "names": ", ".join(name(variant) for variant in item.variants),
            "rise_span": span(item.prose.low, item.prose.high),
        })  # fmt: skip
        known += [
            {"pair": pair, "at": f"{at}/known/{number}",
             "id": f"forgetting-{place}-known-{number}",
             "names": f"{name(pair.variant)}, {name(pair.baseline)}"}
            for number, pair in enumerate(item.known)
        ]  # fmt: skip
    note: Any = ""
    if results.forgetting:
        first = results.forgetting[0]
        note = _linked(
            results, "forgetting_note",
            pieces=(first.prose.pieces, "count", "/forgetting/0/prose/pieces"),
            tokens=(first.prose.tokens, "count", "/forgetting/0/prose/tokens"),
            questions=(first.reading.n, "count", "/forgetting/0/reading/n"),
        )  # fmt: skip
    result = {"forgetting": rows, "known": known, "forgetting_note": note}
    return result | _sensitivity(results, name)


def _linked(results: Results, key: str, **values: Any) -> Markup:
    """The words of that key; a value of three is a number, its unit and its place."""
    result = {
        name: wording.figure(*value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }
    return sentence(wording.statement(key, **result), results)


def _sensitivity(results: Results, name: Callable[[str], str]) -> dict[str, Any]:
    """The values on other wordings; None for a run that asked nothing again."""
    result = results.sensitivity
    if result is None:
        return {"sensitivity": None, "sensitivity_note": ""}
    note = _linked(
        results, "sensitivity_note", metric=wording.metric_label(result.metric),
        questions=(result.questions, "count", "/sensitivity/questions"),
        wordings=(result.wordings, "rate", "/sensitivity/wordings"),
    )  # fmt: skip
    return {"sensitivity": result, "sensitivity_note": note, "named": name}


def span(low: Number | None, high: Number | None) -> str:
    """An interval of relative changes: ``[+2.1%, +9.4%]``."""
    if low is None or high is None:
        return wording.interval(None, None)
    return f"[{wording.change(low)}, {wording.change(high)}]"
