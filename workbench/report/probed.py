"""What the report shows of the probes: rows from results.json, ready for the template. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench import wording


def probed(
    results: Mapping[str, Any], words: Mapping[str, str], name: Callable[[str], str]
) -> dict[str, Any]:
    """The template's values on what tuning broke and on other wordings; empty where not probed.

    ``name`` gives a variant's short display name.
    """
    rows, known = [], []
    for place, one in enumerate(results.get("forgetting") or ()):
        at = f"/forgetting/{place}"
        prose = one["prose"]
        rows.append(
            {
                **one,
                "at": at,
                "place": place,
                "names": ", ".join(name(variant) for variant in one["variants"]),
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
            for number, pair in enumerate(one["known"])
        ]
    note = ""
    if rows:
        first = rows[0]
        note = words["forgetting_note"].format(
            pieces=first["prose"]["pieces"],
            tokens=wording.count(first["prose"]["tokens"]),
            questions=first["reading"]["n"],
        )
    made = {"forgetting": rows, "known": known, "forgetting_note": note}
    return made | _sensitivity(results.get("sensitivity"), words, name)


def _sensitivity(
    made: Mapping[str, Any] | None, words: Mapping[str, str], name: Callable[[str], str]
) -> dict[str, Any]:
    """The values on other wordings; None for a run that asked nothing again."""
    if not made:
        return {"sensitivity": None, "sensitivity_note": ""}
    rows = [{**row, "label": name(row["name"])} for row in made["variants"]]
    note = words["sensitivity_note"].format(
        questions=wording.count(made["questions"]),
        wordings=wording.rate(made["wordings"]),
        metric=wording.metric_label(made["metric"]),
    )
    return {"sensitivity": {**made, "variants": rows}, "sensitivity_note": note}


def span(low: float | None, high: float | None) -> str:
    """An interval of relative changes: ``[+2.1%, +9.4%]``."""
    if low is None or high is None:
        return wording.interval(None, None)
    return f"[{wording.change(low)}, {wording.change(high)}]"
