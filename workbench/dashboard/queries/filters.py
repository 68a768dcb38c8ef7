"""Which questions to show, and in what order, as SQL conditions with their values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

RIGHT_AT = 0.5
ORDERS = {
    "as in the exam": "position",
    "variants differ most": "spread DESC NULLS LAST, position",
    "hardest first": "average NULLS LAST, position",
    "easiest first": "average DESC NULLS LAST, position",
}


@dataclass(frozen=True)
class Filter:
    """Which questions to show; None and empty mean all.

    ``right`` and ``wrong`` are variants whose score on ``metric`` reaches, or misses,
    ``threshold``; ``differ`` keeps questions on which some variant is right and some wrong.
    """

    metric: str = "f1"
    kinds: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    tag: tuple[str, str] | None = None
    search: str = ""
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    differ: bool = False
    only: tuple[str, ...] | None = None
    threshold: float = RIGHT_AT
    order: str = "as in the exam"


def conditions(chosen: Filter, variants: list[str], candidates: list[str]) -> tuple[str, list[Any]]:
    """The WHERE clause of a filter, and its values; ``candidates`` are no ceilings."""
    # So that a filter that narrows nothing is still a condition.
    parts: list[str] = ["TRUE"]
    values: list[Any] = []
    for column, wanted in (
        ("kind", chosen.kinds),
        ("stratum", chosen.strata),
        ("cluster", chosen.clusters),
        ("origin", chosen.origins),
        ("id", chosen.only),
    ):
        if wanted:
            parts.append(f"q.{column} IN ({', '.join('?' for _ in wanted)})")
            values += wanted
        # No kinds chosen means all of them; no ids left means no question at all.
        elif column == "id" and wanted is not None:
            parts.append("FALSE")
    if chosen.tag:
        parts.append("q.tags->>? = ?")
        # Quoted, so that a dot or space in a tag's name is no step of the JSON path.
        values += ["$." + json.dumps(chosen.tag[0]), chosen.tag[1]]
    if chosen.search:
        # Not LIKE, where % and _ in what a person types would be patterns.
        parts.append(
            "(contains(lower(q.text), ?) OR contains(lower(list_aggregate(q.answers,"
            " 'string_agg', ' ')), ?) OR q.id = ?)"
        )
        values += [chosen.search.lower(), chosen.search.lower(), chosen.search]
    # A missing score is NULL, which neither comparison keeps: neither right nor wrong.
    for wanted, sign in ((chosen.right, ">="), (chosen.wrong, "<")):
        for variant in wanted:
            if variant not in variants:
                # A variant without scores on the metric has no column.
                parts.append("FALSE")
                continue
            parts.append(f"w.{quoted(variant)} {sign} ?")
            values.append(chosen.threshold)
    if chosen.differ and candidates:
        listed = ", ".join(f"w.{quoted(v)}" for v in candidates)
        parts.append(f"list_max([{listed}]) >= ? AND list_min([{listed}]) < ?")
        values += [chosen.threshold, chosen.threshold]
    return " AND ".join(parts), values


def quoted(column: str) -> str:
    """A quoted identifier."""
    return '"' + column.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A quoted literal, for places that take no parameter."""
    return "'" + value.replace("'", "''") + "'"
