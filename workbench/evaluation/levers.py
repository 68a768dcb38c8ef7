"""What retrieval and tuning add, separately and together: one two-by-two for each tuning. Pure.

Main effects average over the other lever; *simple* effects hold it still: what tuning adds without
retrieval, and with it. An interaction on a scale with ends is partly forced where the sum of the
two would pass an end: no variant can score above 100 points, however the levers work together
(Loftus 1978, On interpretation of interactions, Memory & Cognition 6:312).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.statistics import Design
from workbench.evaluation.statistics.sampling import Array
from workbench.evaluation.table import Table
from workbench.experiment.variant import Variant, two_by_twos
from workbench.wording import LEAST_SHOWN, figure, statement, text

EFFECTS = ("main_retrieval", "main_tuning", "interaction")
#: Each simple effect as two cells (tuned, retrieval), the second from the first.
SIMPLE: dict[str, tuple[tuple[bool, bool], tuple[bool, bool]]] = {
    "retrieval_alone": ((False, True), (False, False)),
    "retrieval_with_tuning": ((True, True), (True, False)),
    "tuning_alone": ((True, False), (False, False)),
    "tuning_with_retrieval": ((True, True), (False, True)),
}
Statement = dict[str, Any]


def levers(
    grid: Table | None,
    variants: Sequence[Variant],
    labels: Mapping[str, str],
    mix: Mapping[str, float] | None,
    level: float,
    seed: int,
) -> dict[str, Any] | None:
    """What results.json says under ``interaction``: the first tuning, and ``others`` beside it.

    ``cells`` are the names of the four variants: base and tuned, each without and with retrieval.
    """
    if grid is None:
        return None
    known = [variant for variant in variants if variant.name in grid.variants]
    crossed: list[dict[str, Any]] = []
    for cells in two_by_twos(known):
        columns = {cell: grid.trained(name) for cell, name in cells.items()}
        design = grid.design(mix)
        effects = statistics.interaction(columns, design, level=level, seed=seed)
        if effects is not None:
            names = [cells[cell] for cell in sorted(cells)]
            crossed.append({
                "metric": grid.metric, **effects, **_simple(columns, design, level, seed),
                **_scale(columns, design), "cells": names,
            })  # fmt: skip
    several = len(crossed) > 1
    for place, item in enumerate(crossed):
        at = f"/interaction/others/{place - 1}" if place else "/interaction"
        shown = labels if several else None
        item["statements"] = [levers_statement(item, at, shown), *scale_statements(item, at)]
        # The simple effects have a table, and a line among the verdict's reasons.
        told = [words for words in item["statements"] if words["key"] != "levers_simple"]
        item["sentence"] = " ".join(text(words) for words in told)
    return {**crossed[0], "others": crossed[1:]} if crossed else None


def _simple(
    columns: Mapping[tuple[bool, bool], Array], design: Design, level: float, seed: int
) -> dict[str, dict[str, Any]]:
    """The simple effects, over the questions that all four cells have a score for."""
    shared = ~np.isnan(np.vstack(list(columns.values()))).any(axis=0)
    result = {}
    for name, (first, second) in SIMPLE.items():
        item = asdict(
            statistics.compare(np.where(shared, columns[first], np.nan), columns[second], design,
                               level=level, seed=seed)
        )  # fmt: skip
        result[name] = {key: item[key] for key in ("difference", "low", "high", "p", "n", "method")}
    return result


def _scale(columns: Mapping[tuple[bool, bool], Array], design: Design) -> dict[str, float | None]:
    """Where the sum of both levers would lie (0 to 1), and how far beyond an end of the scale.

    ``forced`` has the sign of the interaction that the scale forces, 0 where it forces none.
    """
    signed = [columns[True, False], columns[False, True], columns[False, False]]
    every = statistics.contrast([*signed, columns[True, True]], (1, 1, -1, 0), design)
    if every is None:
        return {"additive": None, "forced": None}
    beyond = min(0.0, 1 - every.value) + max(0.0, -every.value)
    return {"additive": every.value, "forced": beyond}


def levers_statement(
    effects: Mapping[str, Any], at: str, labels: Mapping[str, str] | None
) -> Statement:
    """What the two levers add; with ``labels`` it says whose tuning it speaks of."""
    parts: dict[str, Any] = {
        f"{part}_{key}": figure(effects[part][name], "difference", f"{at}/{part}/{name}")
        for part in EFFECTS
        for key, name in (("gap", "difference"), ("low", "low"), ("high", "high"))
    }
    if labels is None:
        return statement("reason_levers", **parts)
    tuned = effects["cells"][2]
    return statement("reason_levers_of", name=labels.get(tuned, tuned), **parts)


def scale_statements(effects: Mapping[str, Any], at: str) -> list[Statement]:
    """The simple effects, and how much of the interaction is the end of the scale."""
    if any((effects.get(part) or {}).get("difference") is None for part in SIMPLE):
        return []
    values = {
        part: figure(effects[part]["difference"], "difference", f"{at}/{part}/difference")
        for part in SIMPLE
    }
    both = "tuning_with_retrieval"
    ends = {key: figure(effects[both][key], "difference", f"{at}/{both}/{key}")
            for key in ("low", "high")}  # fmt: skip
    result = [statement("levers_simple", **values, **ends)]
    if effects["forced"] is not None and abs(effects["forced"]) >= LEAST_SHOWN:
        result.append(
            statement(
                "levers_ceiling" if effects["forced"] < 0 else "levers_floor",
                additive=figure(effects["additive"], "points", f"{at}/additive"),
                forced=figure(effects["forced"], "difference", f"{at}/forced"),
                interaction=figure(effects["interaction"]["difference"], "difference",
                                   f"{at}/interaction/difference"),
            )
        )  # fmt: skip
    return result
