"""What retrieval and tuning add, separately and together: one two-by-two for each tuning. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.evaluation import statistics
from workbench.evaluation.table import Table
from workbench.experiment.variant import Variant, two_by_twos
from workbench.wording import figure, statement, text

EFFECTS = ("main_retrieval", "main_tuning", "interaction")


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
        effects = statistics.interaction(
            {cell: grid.column(name) for cell, name in cells.items()},
            grid.design(mix), level=level, seed=seed,
        )  # fmt: skip
        if effects is not None:
            names = [cells[cell] for cell in sorted(cells)]
            crossed.append({"metric": grid.metric, **effects, "cells": names})
    several = len(crossed) > 1
    for place, item in enumerate(crossed):
        at = f"/interaction/others/{place - 1}" if place else "/interaction"
        item["sentence"] = text(levers_statement(item, at, labels if several else None))
    return {**crossed[0], "others": crossed[1:]} if crossed else None


def levers_statement(
    effects: Mapping[str, Any], at: str, labels: Mapping[str, str] | None
) -> dict[str, Any]:
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
