"""What a verdict says of limits that are not settled, and of the harm that answers do."""

from __future__ import annotations

from typing import Any

from workbench.decision.figures import Statement, name_of
from workbench.decision.inputs import VerdictInputs
from workbench.wording import figure, statement


def open_limits(inputs: VerdictInputs) -> list[Statement]:
    """Limits that a variant may or may not keep: they rule nobody out, and that is said."""
    told = []
    gaps: dict[str, list[int]] = {}
    for place, item in enumerate(inputs.open_limits):
        if item["constraint"] == "max_group_gap":
            gaps.setdefault("open_gap" if item["low"] is not None else "unknown", []).append(place)
            continue
        figures = _figures(inputs, place, "seconds", ("value", "limit"))
        told.append(statement("open_limit", name=name_of(inputs, item["variant"]), **figures))
    for key, places in gaps.items():
        names = [name_of(inputs, inputs.open_limits[place]["variant"]) for place in places]
        key = key if key == "open_gap" else "open_gap_unknown"
        told.append(statement(key, names=", ".join(names),
                              **_figures(inputs, places[0], "margin", ("limit",))))  # fmt: skip
    return told


def _figures(
    inputs: VerdictInputs, place: int, unit: str, parts: tuple[str, ...]
) -> dict[str, Any]:
    item, at = inputs.open_limits[place], f"/verdict/open_limits/{place}"
    return {part: figure(item[part], unit, f"{at}/{part}") for part in parts}


def harm(inputs: VerdictInputs) -> list[Statement]:
    """What the variant in front does in harm, and who does less, where costs are declared."""
    held, name = inputs.results.get("harm"), inputs.leads
    if not held or not name:
        return []
    known = {
        row["name"]: (place, row["harm"]) for place, row in enumerate(held["variants"])
        if row["name"] in inputs.candidates and row["harm"]["value"] is not None
    }  # fmt: skip
    if name not in known:
        return []

    def told(of: str, prefix: str = "") -> dict[str, Any]:
        place, item = known[of]
        return {
            f"{prefix}{key}": figure(item[key], "plain", f"/harm/variants/{place}/harm/{key}")
            for key in ("value", "low", "high")
        }

    least = min(known, key=lambda each: (known[each][1]["value"], each != name))
    if least == name:
        return [statement("harm_least", name=name_of(inputs, name), **told(name))]
    return [statement("harm_more", name=name_of(inputs, name), other=name_of(inputs, least),
                      **told(name), **told(least, "other_"))]  # fmt: skip
