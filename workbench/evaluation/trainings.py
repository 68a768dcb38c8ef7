"""How far the trainings of one variant lie apart, and what part of its uncertainty that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.table import Table


def trainings(
    grid: Table | None,
    names: Sequence[str],
    mix: Mapping[str, float] | None,
    level: float,
    seed: int,
) -> dict[str, Any] | None:
    """What results.json says under ``trainings``; None where each variant was trained once.

    ``values`` are the weighted means of the trainings in the order of their seeds, ``sd`` their
    standard deviation, ``luck`` the share of the estimate's variance that is theirs.
    """
    if grid is None or not grid.trainings:
        return None
    rows = []
    for name in names:
        if name not in grid.trainings:
            continue
        there = ~np.isnan(grid.trainings[name]).any(axis=0)
        kept = grid.rows(np.asarray(there, dtype=bool))
        if not kept.questions:
            continue
        means = kept.trainings[name] @ kept.weights(mix)
        found = statistics.estimate(kept.trainings[name], kept.design(mix), level=level, seed=seed)
        rows.append({
            "name": name, "values": [float(value) for value in means],
            "lowest": float(means.min()), "highest": float(means.max()),
            "sd": float(means.std(ddof=1)), "luck": found.luck,
        })  # fmt: skip
    number = max(len(each) for each in grid.trainings.values())
    return {"number": number, "variants": rows} if rows else None
