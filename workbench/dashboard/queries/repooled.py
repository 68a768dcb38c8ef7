"""What shares of the workload and the level move: recorded for the run's own, else pooled anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from workbench.dashboard.queries.measured import Parts, WhatIfInputs
from workbench.evaluation.pooling import Grids, pooled

#: The parts of a row that hold estimates: by metric, and by slice and metric.
ESTIMATES, SLICES = ("metrics", "gold"), ("strata", "kinds", "gold_kinds")
#: The parts of the results that are pooled, beside the rows.
POOLED = ("comparisons", "gold_comparisons", "interaction", "gold_agreement")


@dataclass(frozen=True)
class Shares:
    """What is pooled by: shares of the strata and of the kinds (None: as the exam has them)."""

    mix: tuple[tuple[str, float], ...]
    kinds: tuple[tuple[str, float], ...] | None
    level: float


def weighed(known: WhatIfInputs, shares: Shares) -> Grids:
    """The scores with these shares of the kinds."""
    kinds = dict(shares.kinds) if shares.kinds else None
    # The same table where nothing is other: it remembers what was made of it.
    written = {
        name: grid if grid.kind_mix == kinds else replace(grid, kind_mix=kinds)
        for name, grid in known.grids.written.items()
    }
    return replace(known.grids, written=written)


def repooled(known: WhatIfInputs, shares: Shares) -> Parts:
    """The parts of the results that shares and level move; as recorded under the run's own."""
    # Shared by all viewers' threads and filled by every move of a slider, so copied and bounded.
    there = dict(known.pooled)
    if not there or len(there) > 32:
        there = _recorded(known)
        known.pooled.clear()
    if shares not in there:
        alike = (parts for own, parts in there.items() if own.level == shares.level)
        there[shares] = pooled_anew(known, shares, next(alike, None))
    known.pooled.update(there)
    return there[shares]


def pooled_anew(known: WhatIfInputs, shares: Shares, kept: Parts | None = None) -> Parts:
    """The same, worked out from the scores; slices are ``kept`` of other shares at this level."""
    anew = pooled(
        known.results["variants"], weighed(known, shares), list(known.traits.values()),
        mix=dict(shares.mix), metric=known.table.metric, level=shares.level,
        seed=known.experiment.seed, kept=kept,
    )  # fmt: skip
    return _with_recorded(known.results, anew)


def _recorded(known: WhatIfInputs) -> dict[Shares, Parts]:
    """What the run itself pooled, the bootstrap of every pair with it, under its own shares.

    Empty where an older version recorded less than What if needs.
    """
    results, rows = known.results, known.results["variants"]
    parts = (*ESTIMATES, *SLICES)
    if not all(part in results for part in ("mix", "level", *POOLED)) or not results["mix"]:
        return {}
    if not all(part in row for row in rows for part in parts):
        return {}
    named = {metric: [r["name"] for r in rows if metric in r["metrics"]]
             for metric in known.grids.written}  # fmt: skip
    due = {
        (metric, None, *pair) for metric, names in named.items() for pair in combinations(names, 2)
    }
    there = {_pair(item) for item in results["comparisons"]}
    there |= {(*pair[:2], pair[3], pair[2]) for pair in there}
    if not all(named.values()) or not due <= there:
        return {}
    kinds = results.get("kind_mix")
    own = Shares(
        tuple(results["mix"].items()), tuple(kinds.items()) if kinds else None, results["level"]
    )
    return {own: {part: results[part] for part in ("variants", *POOLED)}}


def _with_recorded(recorded: Mapping[str, Any], anew: Parts) -> Parts:
    """The parts with what is recorded of metrics that no verdict speaks of, each in its place."""
    rows = []
    for old, row in zip(recorded["variants"], anew["variants"], strict=True):
        merged = {part: {**old.get(part, {}), **row[part]} for part in ESTIMATES}
        merged |= {
            part: {
                name: {**old.get(part, {}).get(name, {}), **row[part].get(name, {})}
                for name in {**old.get(part, {}), **row[part]}
            }
            for part in SLICES
        }
        rows.append({**row, **merged})
    fresh = {_pair(item): item for item in anew["comparisons"]}
    # Sentences point to comparisons by their place in the file.
    listed = [fresh.pop(_pair(item), item) for item in recorded["comparisons"]]
    return {**anew, "variants": rows, "comparisons": [*listed, *fresh.values()]}


def _pair(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(item.get(key) for key in ("metric", "stratum", "variant", "baseline"))
