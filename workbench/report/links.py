"""Numbers as links: each leads to the row it belongs to, and carries its place in results.json."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from workbench import wording
from workbench.findings.values import Statement
from workbench.records.results import Results

_FIELD = re.compile(r"\{(\w+)\}")


def anchor(at: str, results: Results) -> str:
    """The id of the row in the report that holds what the JSON pointer ``at`` points to."""
    parts = at.strip("/").split("/")
    if parts[0] == "variants" and len(parts) > 2:
        name = results.variants[int(parts[1])].name
        if parts[2] == "metrics" and parts[3] in results.judged_metrics:
            return f"judge-{name}"
        table = {"abstention": "conduct", "risk_coverage": "selective",
                 "threshold": "selective", "cost": "cost", "latency": "latency", "gold": "gold",
                 "tokens": "cost"}  # fmt: skip
        return f"{table.get(parts[2], 'score')}-{name}"
    if parts[0] in ("comparisons", "gold_comparisons"):
        return f"{parts[0]}-{parts[1]}"
    if parts[0] == "verdict" and len(parts) > 2 and parts[1] == "flip_points":
        return f"flip-{parts[2]}"
    if parts[0] == "verdict" and parts[1] == "today" and results.verdict.today:
        told = bool(results.verdict.today.variants)
        # What has no table of its own leads to the rule by which it was chosen.
        name = parts[3] if parts[2] == "variants" else results.verdict.today.variant
        return (f"today-{name}" if parts[2] != "evidence" else "today") if told else "method"
    if parts[0] == "verdict" and parts[1] in ("missing", "equivalence", "open_limits"):
        limits = results.verdict.open_limits
        if parts[1] == "open_limits" and limits[int(parts[2])].constraint == "max_group_gap":
            return "groups"
        return {"missing": "scores", "equivalence": "pairs", "open_limits": "latency"}[parts[1]]
    if parts[0] in ("groups", "twins", "harm") and parts[1] == "variants":
        names = {"groups": results.groups, "twins": results.twins, "harm": results.harm}
        held = names[parts[0]]
        return f"{parts[0]}-{held.variants[int(parts[2])].name}" if held else parts[0]
    if parts[0] == "mended":
        return f"mended-{parts[1]}"
    if parts[0] == "sensitivity" and results.sensitivity and len(parts) > 2:
        return f"sensitivity-{results.sensitivity.variants[int(parts[2])].name}"
    if parts[0] == "planted" and results.planted and len(parts) > 2:
        return f"planted-{results.planted.variants[int(parts[2])].name}"
    if parts[0] == "memorised":
        return f"memorised-{parts[1]}"
    if parts[0] == "forgetting" and len(parts) > 2:
        known = f"-known-{parts[3]}" if parts[2] == "known" else ""
        return f"forgetting-{parts[1]}{known}"
    if parts[0] == "judge" and len(parts) > 2:
        return f"judge-{parts[1]}-{parts[2]}"
    return {
        "judge": "judge",
        "search": "search",
        "sensitivity": "sensitivity",
        "principles": "principles",
        "planted": "planted",
        "people": "people",
        "groups": "groups",
        "twins": "twins",
        "harm": "harm",
        "data": "data",
        "editions": "editions",
        "interaction": "levers",
        "gold_agreement": "gold",
        "waterfall": "waterfall",
        "power": "pairs",
        "leader": "scores",
        "prices": "cost",
        "building": "cost",
        "break_even": "cost",
        "certificate": "exam",
        "questions": "exam",
        "tuning": "training",
    }.get(parts[0], "method")


def shown(value: Mapping[str, Any] | str, results: Results) -> Markup:
    """Words escaped; a figure as a link to its row."""
    if not isinstance(value, Mapping):
        return escape(value)
    text = wording.show_value(value)
    if value["value"] is None:
        return escape(text)
    return Markup('<a class="n" href="#{}" data-at="{}" data-unit="{}"{}>{}</a>').format(
        anchor(value["at"], results),
        value["at"],
        value["unit"],
        Markup(' data-sign="-1"') if value.get("sign", 1) == -1 else Markup(""),
        text,
    )


def sentence(told: Statement | Mapping[str, Any], results: Results, language: str = "en") -> Markup:
    """A statement as HTML: names and texts escaped, numbers linked."""
    words, after = (told.words, told.after) if isinstance(told, Statement) else (told, "")
    if isinstance(words, str):
        return escape(words + after)
    template = wording.template(words, language)
    parts: list[Markup] = []
    last = 0
    for field in _FIELD.finditer(template):
        parts.append(escape(template[last : field.start()]))
        parts.append(shown(words["values"][field[1]], results))
        last = field.end()
    parts.append(escape(template[last:] + after))
    return Markup("").join(parts)


def look_up(results: Any, at: str) -> Any:
    """The value at a JSON pointer (RFC 6901); KeyError where there is none."""
    for part in at.strip("/").split("/"):
        part = part.replace("~1", "/").replace("~0", "~")
        results = results[int(part)] if isinstance(results, list) else results[part]
    return results
